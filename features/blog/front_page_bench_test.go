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
		answer := &countedAnswer{header: http.Header{}}
		router.ServeHTTP(answer, request)
		if answer.status != http.StatusOK || answer.bytes < 10_000 {
			b.Fatalf("answered %d with %d bytes", answer.status, answer.bytes)
		}
	}
}

// countedAnswer keeps nothing of an answer but its size.
type countedAnswer struct {
	header        http.Header
	status, bytes int
}

func (a *countedAnswer) Header() http.Header    { return a.header }
func (a *countedAnswer) WriteHeader(status int) { a.status = status }

func (a *countedAnswer) Write(p []byte) (int, error) {
	a.bytes += len(p)
	return len(p), nil
}
