package blog_test

import (
	"testing"

	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/features/blog"
)

func TestPreviewArticle_rendersAndStoresNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)

	preview, err := f.PreviewArticle(authtest.As(t, ada), blog.Text{Title: "Mulching", Body: "*Words*"})

	if err != nil || preview.Title != "Mulching" || preview.HTML != "<p><em>Words</em></p>\n" || preview.AuthorName != "Ada" {
		t.Errorf("preview is %+v, %v", preview, err)
	}
	if page, err := f.ListDesk(authtest.As(t, ada), blog.ListDeskInput{}); err != nil || len(page.Entries) != 0 || len(f.rt.Messages()) != 0 {
		t.Errorf("the desk lists %+v, %v, and received %v; want nothing", page.Entries, err, f.rt.Messages())
	}
}
