package main

import (
	"bytes"
	"io"
	"net/http"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/asyncapi"
	"example.com/pergola/core/respond"
	"example.com/pergola/web"
)

// writeAsyncAPI writes the document that is kept as docs/asyncapi.gen.json.
func writeAsyncAPI(w io.Writer, manifests []feature.Manifest) error {
	return asyncapi.Write(w, asyncapi.Info{
		Title:       web.SiteName,
		Version:     "1.0.0",
		Description: "What the application tells browsers, and what it hears from them.",
		Cookie:      "pergola_session",
	}, realtime.Describe(manifests))
}

// devAsyncAPI answers with the document of what is running. It is there in
// development only.
func devAsyncAPI(rs *respond.Responder, manifests []feature.Manifest) feature.Manifest {
	return feature.Manifest{
		Name: "asyncapi",
		Routes: func(r chi.Router) {
			r.Get("/dev/asyncapi.json", func(w http.ResponseWriter, r *http.Request) {
				var document bytes.Buffer
				if err := writeAsyncAPI(&document, manifests); err != nil {
					rs.Error(w, r, err)
					return
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = document.WriteTo(w)
			})
		},
	}
}
