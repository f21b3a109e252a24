package authentication

import (
	"net"
	"net/http"
	"time"

	"github.com/go-chi/httprate"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/respond"
	"example.com/pergola/features/accounts"
)

// RateLimits bound how often passwords can be tried and emails be sent, counted
// in this process. A zero limit means its default.
type RateLimits struct {
	SignInByClient     RateLimit // per network address: 20 a minute
	SignInByEmail      RateLimit // per email address: 20 in 15 minutes
	SignUpByClient     RateLimit // per network address: 10 an hour
	SignUpByEmail      RateLimit // per email address: 5 an hour
	ConfirmByUser      RateLimit // forms that ask for the current password, per user: 10 in 15 minutes
	ResetByClient      RateLimit // requests to reset a password, per network address: 10 an hour
	ResetByEmail       RateLimit // requests to reset a password, per email address: 3 an hour
	LinkByClient       RateLimit // links that are used, per network address: 30 in 15 minutes
	VerificationByUser RateLimit // emails to verify the address, per user: 3 an hour
}

// RateLimit is a number of requests in a time.
type RateLimit struct {
	Requests int
	Window   time.Duration
}

func (l RateLimit) or(requests int, window time.Duration) RateLimit {
	if l.Requests == 0 {
		l.Requests = requests
	}
	if l.Window == 0 {
		l.Window = window
	}
	return l
}

type middleware = func(http.Handler) http.Handler

// limiters are the rate limits as middleware.
type limiters struct {
	signInByClient, signInByEmail     middleware
	signUpByClient, signUpByEmail     middleware
	resetByClient, resetByEmail       middleware
	linkByClient                      middleware
	confirmByUser, verificationByUser middleware
}

func (l RateLimits) middleware(rs *respond.Responder) limiters {
	limit := func(l RateLimit, key httprate.KeyFunc) middleware {
		return httprate.LimitBy(l.Requests, l.Window, key,
			httprate.WithErrorHandler(rs.Error),
			httprate.WithResponseHeaders(httprate.ResponseHeaders{RetryAfter: "Retry-After"}),
			httprate.WithLimitHandler(rs.Handle(func(http.ResponseWriter, *http.Request) error {
				return errTooManyAttempts
			})))
	}
	return limiters{
		signInByClient:     limit(l.SignInByClient.or(20, time.Minute), clientKey),
		signInByEmail:      limit(l.SignInByEmail.or(20, 15*time.Minute), emailKey),
		signUpByClient:     limit(l.SignUpByClient.or(10, time.Hour), clientKey),
		signUpByEmail:      limit(l.SignUpByEmail.or(5, time.Hour), emailKey),
		resetByClient:      limit(l.ResetByClient.or(10, time.Hour), clientKey),
		resetByEmail:       limit(l.ResetByEmail.or(3, time.Hour), emailKey),
		linkByClient:       limit(l.LinkByClient.or(30, 15*time.Minute), clientKey),
		confirmByUser:      limit(l.ConfirmByUser.or(10, 15*time.Minute), userKey),
		verificationByUser: limit(l.VerificationByUser.or(3, time.Hour), userKey),
	}
}

var errTooManyAttempts = fault.TooMany.New("Too many attempts. Wait a few minutes and try again.")

// clientKey counts the addresses of one IPv6 network as one client.
func clientKey(r *http.Request) (string, error) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return httprate.CanonicalizeIP(host), nil
}

func userKey(r *http.Request) (string, error) {
	return auth.CurrentUser(r.Context()).ID, nil
}

// emailKey counts all spellings of an email address as one, and invalid ones by
// client.
func emailKey(r *http.Request) (string, error) {
	if err := respond.ParseForm(r); err != nil {
		return "", err
	}
	email, problem := accounts.ParseEmail(r.PostForm.Get("email"))
	if problem != "" {
		return clientKey(r)
	}
	return email, nil
}
