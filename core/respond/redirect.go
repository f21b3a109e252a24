package respond

import (
	"net/http"
	"strings"
)

// Redirect redirects the browser to a path of this site with status 303, so that
// a reload does not submit the form again. An htmx request gets an HX-Redirect
// instead, since htmx would follow a 303 and swap the page into a fragment. A URL
// of another site becomes "/": see [LocalPath].
func (rs *Responder) Redirect(w http.ResponseWriter, r *http.Request, path string) {
	path = LocalPath(path)
	header := w.Header()
	if header.Get("Cache-Control") == "" {
		header.Set("Cache-Control", "no-store")
	}
	if isHTMX(r) {
		header.Set("HX-Redirect", path)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	header.Set("Location", path)
	header.Set("Content-Length", "0")
	w.WriteHeader(http.StatusSeeOther)
}

// LocalPath returns path if it is a path of this site, and "/" if a browser could
// interpret it as a URL of another site. Use it for paths that visitors send, such
// as the "next" of a sign-in form.
func LocalPath(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return "/"
	}
	for _, c := range []byte(path) {
		if c <= ' ' || c == '\\' || c == 0x7f {
			return "/"
		}
	}
	return path
}

// PathWithin returns path, which a form gave as the place to return to, if it is
// page or below it. Otherwise it returns page.
func PathWithin(path, page string) string {
	path = LocalPath(path)
	base, _, _ := strings.Cut(path, "?")
	if base == page || strings.HasPrefix(base, page+"/") {
		return path
	}
	return page
}
