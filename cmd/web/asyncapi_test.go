package main

import (
	"encoding/json"
	"net/http"
	"testing"

	_ "example.com/pergola/core/realtime"
	_ "example.com/pergola/features/blog" // the pages under test
)

func TestDevAsyncAPI_servesTheDocument(t *testing.T) {
	t.Parallel()
	s := startSite(t)

	got := s.ask(t, nil, http.MethodGet, "/dev/asyncapi.json", "")

	var document struct {
		AsyncAPI string
		Channels map[string]struct{ Address string }
	}
	if err := json.Unmarshal([]byte(got.Body), &document); err != nil || got.Status != http.StatusOK {
		t.Fatalf("status %d, %v: %s", got.Status, err, got.Body)
	}
	if document.AsyncAPI != "3.0.0" || document.Channels["blog.article.articleId.readers"].Address != "blog.article.{articleId}.readers" {
		t.Errorf("document = %+v", document)
	}
}
