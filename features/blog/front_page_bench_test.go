package blog_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/respond"
	"example.com/pergola/features/blog"
)

// BenchmarkFrontPage answers a visitor with the front page of twenty articles
// from memory: routing, use case and rendering, without the site's frame.
func BenchmarkFrontPage(b *testing.B) {
	d := newDesk(inMemory(b))
	for i := range blog.ArticlesPerPage {
		d.publish(b, d.draft(b, fmt.Sprintf("Article %d", i)))
	}
	deps := d.Deps
	deps.Respond, deps.BaseURL = respond.New(respond.Options{}), "https://pergola.example"
	router := chi.NewRouter()
	blog.New(deps).Manifest().Routes(router)
	request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/", nil)

	b.ReportAllocs()
	for b.Loop() {
		answer := httptest.NewRecorder()
		router.ServeHTTP(answer, request)
		if answer.Code != http.StatusOK || answer.Body.Len() < 10_000 {
			b.Fatalf("answered %d with %d bytes", answer.Code, answer.Body.Len())
		}
	}
}
