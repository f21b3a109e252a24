package auth

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"example.com/pergola/core/fault"
)

// SignInPath is the page to which visitors are redirected to sign in. It leads back
// to the local URL in its query parameter "next".
const SignInPath = "/sign-in"

// RequireUser lets signed-in users pass. A visitor who opens a page is redirected
// to sign in, and back; other requests of visitors fail with
// fault.Unauthenticated.
func RequireUser(onError func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !CurrentUser(r.Context()).SignedIn() {
				redirectVisitor(w, r, onError)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// RequireRole lets users with the role pass. It treats visitors like RequireUser;
// other users get fault.Forbidden.
func RequireRole(role string, onError func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch err := CheckRole(r.Context(), role); {
			case err == nil:
				next.ServeHTTP(w, r)
			case CurrentUser(r.Context()).SignedIn():
				onError(w, r, err)
			default:
				redirectVisitor(w, r, onError)
			}
		})
	}
}

// CheckRole fails with fault.Unauthenticated if no user is signed in, and with
// fault.Forbidden if the current user does not have the role.
func CheckRole(ctx context.Context, role string) error {
	user := CurrentUser(ctx)
	switch {
	case user.HasRole(role):
		return nil
	case user.SignedIn():
		return fault.Forbidden.New("You need the role %q to do this. If you need access, contact an administrator.", role)
	default:
		return fault.Unauthenticated
	}
}

func redirectVisitor(w http.ResponseWriter, r *http.Request, onError func(http.ResponseWriter, *http.Request, error)) {
	if !opensPage(r) {
		onError(w, r, fault.Unauthenticated)
		return
	}
	target := SignInPath
	if back := r.URL.RequestURI(); back != "/" {
		target += "?" + url.Values{"next": {back}}.Encode()
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, target, http.StatusSeeOther)
}

// opensPage reports whether a browser requests a full page, so that a redirect
// makes sense.
func opensPage(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || r.Header.Get("HX-Request") != "" {
		return false
	}
	accept := r.Header.Get("Accept")
	return accept == "" || strings.Contains(accept, "text/html") || strings.Contains(accept, "*/*") && !strings.Contains(accept, "json")
}
