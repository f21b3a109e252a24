package app

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"example.com/pergola/core/fault"
)

// contentSecurityPolicy lets a page use what the application itself serves,
// and nothing else: no inline script or style, no foreign frame, form target
// or plug-in.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// permissionsPolicy gives up what no page of ours asks for.
const permissionsPolicy = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"

func (a *App) securityHeaders(next http.Handler) http.Handler {
	secure := strings.HasPrefix(a.options.BaseURL, "https://")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Permissions-Policy", permissionsPolicy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses unsafe requests that a browser sends from another site.
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
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.options.Respond.Error(w, r, fault.Forbidden.New("This request came from another site and was refused."))
	}))
	return protection.Handler, nil
}

func originOf(baseURL string) (string, error) {
	parsed, err := url.Parse(baseURL)
	if err != nil || parsed.Host == "" {
		return "", fmt.Errorf("base URL %q: want something like https://example.com", baseURL)
	}
	return parsed.Scheme + "://" + parsed.Host, nil
}

// limitBody makes reading past the limit fail, so that no form can fill the
// memory. A body that announces its size is refused before it is read.
func (a *App) limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > a.options.MaxBody {
			w.Header().Set("Connection", "close")
			a.options.Respond.Error(w, r, fault.TooLarge.New("That is larger than the %d KB that can be accepted.", a.options.MaxBody>>10))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, a.options.MaxBody)
		next.ServeHTTP(w, r)
	})
}
