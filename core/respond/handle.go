package respond

import "net/http"

// HandlerFunc is an HTTP handler that returns its error instead of answering
// it. It either writes the response and returns nil, or writes nothing and
// returns an error.
type HandlerFunc func(w http.ResponseWriter, r *http.Request) error

// Handle adapts h to net/http: if h returns an error, Error answers it. A route
// table wraps each handler once:
//
//	handle := f.Respond.Handle
//	r.Get("/articles/{slug}", handle(f.showArticle))
func (rs *Responder) Handle(h HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			rs.Error(w, r, err)
		}
	}
}
