package accounts

import (
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/go-chi/httprate"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/respond"
)

// Limits bound how often passwords can be tried and accounts be made, counted
// in this process. Zero limits mean the defaults named beside them.
type Limits struct {
	SignInByClient Limit // from one network address: 20 a minute
	SignInByEmail  Limit // for one e-mail address, wherever from: 20 in 15 minutes
	SignUpByClient Limit // 10 an hour
	SignUpByEmail  Limit // 5 an hour
	ConfirmByUser  Limit // forms of the account that ask for the password: 10 in 15 minutes
	ResetByClient  Limit // asking for a new password: 10 an hour
	ResetByEmail   Limit // for one e-mail address, wherever from: 3 an hour
	LinkByClient   Limit // links from letters that are used: 30 in 15 minutes
	LetterByUser   Limit // letters to confirm the address: 3 an hour
}

// Limit is a number of requests in a time.
type Limit struct {
	Requests int
	Window   time.Duration
}

func (l Limit) or(requests int, window time.Duration) Limit {
	if l.Requests == 0 {
		l.Requests = requests
	}
	if l.Window == 0 {
		l.Window = window
	}
	return l
}

type middleware = func(http.Handler) http.Handler

// limiters are the limits as middleware.
type limiters struct {
	signInByClient, signInByEmail middleware
	signUpByClient, signUpByEmail middleware
	resetByClient, resetByEmail   middleware
	linkByClient                  middleware
	confirmByUser, letterByUser   middleware
}

func newLimiters(l Limits, answer *respond.Responder) limiters {
	limit := func(l Limit, key httprate.KeyFunc) middleware {
		return httprate.LimitBy(l.Requests, l.Window, key,
			httprate.WithErrorHandler(answer.Error),
			httprate.WithResponseHeaders(httprate.ResponseHeaders{RetryAfter: "Retry-After"}),
			httprate.WithLimitHandler(func(w http.ResponseWriter, r *http.Request) {
				answer.Error(w, r, errTooOften)
			}))
	}
	return limiters{
		signInByClient: limit(l.SignInByClient.or(20, time.Minute), clientKey),
		signInByEmail:  limit(l.SignInByEmail.or(20, 15*time.Minute), emailKey),
		signUpByClient: limit(l.SignUpByClient.or(10, time.Hour), clientKey),
		signUpByEmail:  limit(l.SignUpByEmail.or(5, time.Hour), emailKey),
		resetByClient:  limit(l.ResetByClient.or(10, time.Hour), clientKey),
		resetByEmail:   limit(l.ResetByEmail.or(3, time.Hour), emailKey),
		linkByClient:   limit(l.LinkByClient.or(30, 15*time.Minute), clientKey),
		confirmByUser:  limit(l.ConfirmByUser.or(10, 15*time.Minute), userKey),
		letterByUser:   limit(l.LetterByUser.or(3, time.Hour), userKey),
	}
}

var errTooOften = fault.TooMany.New("That was tried too often. Please wait some minutes and try again.")

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

// emailKey counts every spelling of an address as one, and what is no address
// at all by who sends it.
func emailKey(r *http.Request) (string, error) {
	if err := parseForm(r); err != nil {
		return "", err
	}
	email, message := parseEmail(r.PostForm.Get("email"))
	if message != "" {
		return clientKey(r)
	}
	return email, nil
}

// parseForm reads the fields of a form. It fails with fault.TooLarge if there
// is more than the application accepts, and with fault.Invalid if it is no
// form.
func parseForm(r *http.Request) error {
	err := r.ParseForm()
	if err == nil {
		return nil
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.TooLarge.Wrap(err, "This form is larger than the %d KB that can be accepted.", tooLarge.Limit>>10)
	}
	return fault.Invalid.Wrap(err, "This form could not be read.")
}
