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

// writeAsyncAPI writes the document in docs/asyncapi.gen.json.
func writeAsyncAPI(w io.Writer, manifests []feature.Manifest) error {
	return asyncapi.Write(w, asyncapi.Info{
		Title:       web.SiteName,
		Version:     "1.0.0",
		Description: "Messages between the application and browsers.",
		Cookie:      "pergola_session",
	}, realtime.Describe(manifests))
}

// devAsyncAPI serves the document of the running application, in development
// only.
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
