package app

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"example.com/pergola/core/feature"
)

// routes builds the router: health checks and mounts without a session, and the
// features' routes and the error pages for unknown ones with a session.
func (a *App) routes() (handler http.Handler, err error) {
	sameOrigin, err := a.sameOrigin()
	if err != nil {
		return nil, err
	}
	r := chi.NewRouter()
	r.Use(
		a.clientIP,
		requestID,
		a.accessLog,
		a.recoverer,
		a.securityHeaders,
		endAfterChunks,
		middleware.GetHead,
	)
	r.Use(a.options.Middleware...)
	r.Get("/healthz", a.healthz)
	r.Get("/readyz", a.readyz)
	for _, mount := range a.options.Mounts {
		r.Handle(mount.Pattern, mount.Handler)
	}
	r.Group(func(r chi.Router) {
		r.Use(
			identityForRanges,
			middleware.Compress(5, "text/html", "application/json", "application/atom+xml", "application/rss+xml", "application/xml"),
			a.limitTime,
			sameOrigin, // before any handler that could reflect what another site has sent
			a.options.Session,
			a.limitBody,
		)
		for _, manifest := range a.options.Manifests {
			if err == nil {
				err = addRoutes(r, manifest)
			}
		}
		r.NotFound(a.options.Respond.NotFound)
		r.MethodNotAllowed(a.methodNotAllowed)
	})
	return r, err
}

// identityForRanges keeps responses to range requests uncompressed: a range counts
// bytes of the body that it names, and a part of one body compressed on its own
// fits none.
func identityForRanges(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Range") != "" {
			r.Header.Del("Accept-Encoding")
		}
		next.ServeHTTP(w, r)
	})
}

// addRoutes turns chi's panic about an invalid pattern into an error that names
// the feature.
func addRoutes(r chi.Router, manifest feature.Manifest) (err error) {
	if manifest.Routes == nil {
		return nil
	}
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("routes of feature %q: %v: fix features/%[1]s/routes.go", manifest.Name, cause)
		}
	}()
	manifest.Routes(r)
	return nil
}

// methodNotAllowed responds with the allowed methods.
func (a *App) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	routes := chi.RouteContext(r.Context()).Routes
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if routes.Match(chi.NewRouteContext(), method, r.URL.Path) {
			w.Header().Add("Allow", method)
		}
	}
	a.options.Respond.MethodNotAllowed(w, r)
}
