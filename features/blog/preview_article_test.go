package blog_test

import (
	"testing"

	"example.com/pergola/features/blog"
)

func TestPreviewArticle_showsWhatReadersWouldSeeAndStoresNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))

	preview, err := d.PreviewArticle(as(t, ada), blog.Text{Title: "Mulching", Body: "*Words*"})

	if err != nil || preview.Title != "Mulching" || preview.HTML != "<p><em>Words</em></p>\n" || preview.AuthorName != "Ada" {
		t.Errorf("the preview is %+v, %v", preview, err)
	}
	if page, err := d.ListDesk(as(t, ada), blog.ListDeskInput{}); err != nil || len(page.Entries) != 0 || len(d.rt.Messages()) != 0 {
		t.Errorf("the desk has %+v, %v, and was told %v", page.Entries, err, d.rt.Messages())
	}
}
