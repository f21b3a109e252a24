package app

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/internal/notice"
	"example.com/pergola/core/respond"
)

// contentSecurityPolicy allows only resources that the application itself serves:
// no inline scripts or styles, and no frames, form targets or plug-ins of other
// sites. It does not require Trusted Types: htmx inserts the server's HTML into
// pages, and a policy that allows all of htmx would protect nothing.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// permissionsPolicy disables the browser features that no page uses, so that an
// injected script cannot use them either.
const permissionsPolicy = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), encrypted-media=(), " +
	"fullscreen=(), geolocation=(), gyroscope=(), identity-credentials-get=(), idle-detection=(), magnetometer=(), microphone=(), " +
	"midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), sync-xhr=(), usb=(), " +
	"xr-spatial-tracking=()"

// transportSecurity makes browsers use https for two years. Whether to add the
// domain to the browsers' preload lists is up to the operator.
const transportSecurity = "max-age=63072000; includeSubDomains"

func (a *App) securityHeaders(next http.Handler) http.Handler {
	headers := [][2]string{
		{"Content-Security-Policy", contentSecurityPolicy},
		{"X-Content-Type-Options", "nosniff"},
		{"Referrer-Policy", "strict-origin-when-cross-origin"},
		{"Permissions-Policy", permissionsPolicy},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{"Cross-Origin-Embedder-Policy", "require-corp"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
		{"Origin-Agent-Cluster", "?1"},
		{"X-Frame-Options", "DENY"},
		{"X-Permitted-Cross-Domain-Policies", "none"},
	}
	if strings.HasPrefix(a.options.BaseURL, "https://") {
		headers[0][1] += "; upgrade-insecure-requests"
		headers = append(headers, [2]string{"Strict-Transport-Security", transportSecurity})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for _, header := range headers {
			h.Set(header[0], header[1])
		}
		next.ServeHTTP(w, r)
	})
}

// sameOrigin rejects unsafe requests that a browser sends from another site.
func (a *App) sameOrigin() (func(http.Handler) http.Handler, error) {
	protection := http.NewCrossOriginProtection()
	if a.options.BaseURL != "" {
		origin, err := originOf(a.options.BaseURL)
		if err != nil {
			return nil, err
		}
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("trust the application's own origin: %w", err)
		}
	}
	var warned notice.Once
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); origin != "" && warned.First(origin) {
			a.options.Logger.WarnContext(r.Context(), "a request from another origin was rejected; if it is this site in the browser, set BASE_URL to it, or make the proxy keep the Host header",
				"origin", origin, "host", r.Host, "base_url", a.options.BaseURL)
		}
		a.options.Respond.Error(w, r, fault.Forbidden.New("This request came from another site and was rejected."))
	}))
	return protection.Handler, nil
}

func originOf(baseURL string) (string, error) {
	parsed, err := url.Parse(baseURL)
	if err != nil || parsed.Host == "" {
		return "", fmt.Errorf("base URL %q: must be an absolute URL such as https://example.com", baseURL)
	}
	return parsed.Scheme + "://" + parsed.Host, nil
}

// endAfterChunks closes the connection after a request with a chunked body. A
// request with both Transfer-Encoding and Content-Length must end the connection
// (RFC 9112, section 6.1): otherwise a proxy that goes by the length could be made
// to forward part of one visitor's body as the request of another. net/http does
// not report which requests had both. Browsers send forms with a length, so they
// are not affected.
func endAfterChunks(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// limitBody makes reading past the limit fail, so that no form can exhaust memory.
// A body whose declared size is too large is rejected before it is read. A body
// that arrives too slowly is answered as such; see respond.TimeBody.
func (a *App) limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > a.options.MaxBody {
			w.Header().Set("Connection", "close")
			a.options.Respond.Error(w, r, fault.TooLarge.New("This is larger than the limit of %d KB.", a.options.MaxBody>>10))
			return
		}
		if r.Body != nil && r.Body != http.NoBody {
			r = respond.TimeBody(r)
			r.Body = http.MaxBytesReader(w, r.Body, a.options.MaxBody)
		}
		next.ServeHTTP(w, r)
	})
}

// limitTime cancels a request's context after RequestTimeout, so that a database
// that hangs does not block every request that needs it.
func (a *App) limitTime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), a.options.RequestTimeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
