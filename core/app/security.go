package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/respond"
)

// contentSecurityPolicy lets a page use what the application itself serves,
// and nothing else: no inline script or style, no foreign frame, form target
// or plug-in. Trusted Types are not asked for: htmx puts the server's own HTML
// into pages, and a policy that lets everything of htmx pass would be no
// barrier.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// permissionsPolicy gives up what no page of ours asks for, so that no script
// that found its way into one can.
const permissionsPolicy = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), encrypted-media=(), " +
	"fullscreen=(), geolocation=(), gyroscope=(), identity-credentials-get=(), idle-detection=(), magnetometer=(), microphone=(), " +
	"midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), sync-xhr=(), usb=(), " +
	"xr-spatial-tracking=()"

// transportSecurity holds browsers to https for two years. Whether the domain
// belongs on the browsers' preload lists is the operator's to say.
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

// endAfterChunks reads no second request after one whose body came in chunks.
// One that says its length as well must end the connection (RFC 9112, section
// 6.1), or a proxy that goes by the length is made to pass on what it takes for
// the body of one visitor's request as the request of another. net/http does not
// tell which said both. Browsers send forms with a length.
func endAfterChunks(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// limitBody makes reading past the limit fail, so that no form can fill the
// memory. A body that announces its size is refused before it is read. One
// that comes too slowly fails with respond.ErrBodyTooSlow.
func (a *App) limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > a.options.MaxBody {
			w.Header().Set("Connection", "close")
			a.options.Respond.Error(w, r, fault.TooLarge.New("This is larger than the limit of %d KB.", a.options.MaxBody>>10))
			return
		}
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(w, timedBody{r.Body}, a.options.MaxBody)
		}
		next.ServeHTTP(w, r)
	})
}

// timedBody tells a body that did not come in time from one that broke off.
type timedBody struct{ io.ReadCloser }

func (b timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = fmt.Errorf("%w: %w", respond.ErrBodyTooSlow, err)
	}
	return n, err
}

// limitTime ends the work on a request when its time is over, so that a
// database that hangs does not keep every request that needs it.
func (a *App) limitTime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), a.options.RequestTimeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
