package live_test

import (
	"bytes"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"example.com/pergola/web/live"
)

func TestConnectionStatus_isHiddenAndAnnouncedLater(t *testing.T) {
	t.Parallel()
	var html bytes.Buffer
	if err := live.ConnectionStatus().Render(t.Context(), &html); err != nil {
		t.Fatal(err)
	}

	doc, err := goquery.NewDocumentFromReader(&html)

	if err != nil || doc.Find("[data-connection-state=idle][role=status][aria-live=polite]").Length() != 1 {
		t.Errorf("want an idle status that screen readers announce, got %v", err)
	}
}
