package blog_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/respond"
	"example.com/pergola/features/blog"
)

// BenchmarkFrontPage answers a visitor with the front page of twenty articles,
// without the site's frame: "render" covers routing and rendering, "postgres"
// also the query.
func BenchmarkFrontPage(b *testing.B) {
	f := newFixture(b)
	for i := range blog.ArticlesPerPage {
		f.publish(b, f.draft(b, fmt.Sprintf("Article %d", i)))
	}
	f.Respond = respond.New(respond.Options{})
	list := f.ListArticles
	page, err := list(authtest.As(b, visitor), blog.ListArticlesInput{})
	if err != nil {
		b.Fatal(err)
	}
	inMemory := func(context.Context, blog.ListArticlesInput) (blog.ArticlePage, error) { return page, nil }

	for name, list := range map[string]blog.ListArticles{"render": inMemory, "postgres": list} {
		b.Run(name, func(b *testing.B) {
			f.ListArticles = list
			router := chi.NewRouter()
			f.Manifest().Routes(router)
			request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/", nil)

			b.ReportAllocs()
			for b.Loop() {
				response := &countingWriter{header: http.Header{}}
				router.ServeHTTP(response, request)
				if response.status != http.StatusOK || response.bytes < 10_000 {
					b.Fatalf("status %d, %d bytes", response.status, response.bytes)
				}
			}
		})
	}
}

// countingWriter keeps only the status and the size of a response.
type countingWriter struct {
	header        http.Header
	status, bytes int
}

func (w *countingWriter) Header() http.Header    { return w.header }
func (w *countingWriter) WriteHeader(status int) { w.status = status }

func (w *countingWriter) Write(p []byte) (int, error) {
	w.bytes += len(p)
	return len(p), nil
}
