package main

import (
	"net/http"
	"testing"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/feature"
	"example.com/pergola/migrations"
)

func TestWelcome_isTheFrontPageUntilAFeatureHasOne(t *testing.T) {
	t.Parallel()
	elsewhere := feature.Manifest{Name: "elsewhere", Routes: func(r chi.Router) {
		r.Get("/elsewhere", func(http.ResponseWriter, *http.Request) {})
	}}
	front := feature.Manifest{Name: "front", Routes: func(r chi.Router) {
		r.Get("/", func(http.ResponseWriter, *http.Request) {})
	}}
	app := apptest.New(t, migrations.FS, func(infra *apptest.Infrastructure) []feature.Manifest {
		if extra := welcome(infra.Respond, []feature.Manifest{elsewhere, front}); len(extra) != 0 {
			t.Errorf("got %s in addition to a feature's front page", extra[0].Name)
		}
		return welcome(infra.Respond, []feature.Manifest{elsewhere})
	})

	page := apptest.NewClient(t, app.URL).Get("/")

	if page.Status != http.StatusOK || page.Find("h1").Length() != 1 {
		t.Errorf("status %d with %d headings, want a page", page.Status, page.Find("h1").Length())
	}
}
