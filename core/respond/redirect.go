package respond

import (
	"net/http"
	"strings"
)

// Redirect sends the browser on to a path of this site with 303, so that a
// form that was sent is not sent again. htmx, which would follow a 303 by
// itself and put the page into a fragment, is told to go there instead. A path
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

// LocalPath is the path if it is one of this site and "/" if it leads, or could
// be taken by a browser to lead, anywhere else. Use it for what a visitor
// sends, such as the "next" of a sign-in form.
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

// PathWithin is the path that a form gave to return to, if it is the page or one
// below it; otherwise it is the page.
func PathWithin(path, page string) string {
	path = LocalPath(path)
	base, _, _ := strings.Cut(path, "?")
	if base == page || strings.HasPrefix(base, page+"/") {
		return path
	}
	return page
}
