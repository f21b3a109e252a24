package blog_test

import (
	"strings"
	"testing"

	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/fault/faulttest"
	"example.com/pergola/features/blog"
)

func TestReadArticle_findsItByItsSlug(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	article := f.publish(t, f.draft(t, "Mulching"))

	got, err := f.ReadArticle(authtest.As(t, visitor), "mulching")

	if err != nil || got != article {
		t.Errorf("read\n%+v, %v; want\n%+v", got, err, article)
	}
}

func TestReadArticle_findsItByItsFormerSlugs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	article := f.publish(t, f.draft(t, "One"))
	article = f.retitle(t, article, "Two")
	article = f.retitle(t, article, "Three")

	for _, slug := range []string{"one", "two", "three"} {
		if got, err := f.ReadArticle(authtest.As(t, visitor), slug); err != nil || got.ID != article.ID || got.Slug != "three" {
			t.Errorf("read %q: %+v, %v; want the article with the slug three", slug, got, err)
		}
	}
}

func TestReadArticle_keepsFormerSlugsOfAnUnpublishedArticle(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	article := f.publish(t, f.draft(t, "One"))
	article, err := f.UnpublishArticle(authtest.As(t, ada), blog.UnpublishArticleInput{ID: article.ID, Version: article.Version})
	if err != nil {
		t.Fatal(err)
	}
	article = f.retitle(t, article, "Two")

	_, hidden := f.ReadArticle(authtest.As(t, visitor), "one")
	article = f.publish(t, article)
	shown, err := f.ReadArticle(authtest.As(t, visitor), "one")

	faulttest.Want(t, hidden, fault.NotFound)
	if err != nil || shown.Slug != "two" || shown.ID != article.ID {
		t.Errorf("read one: %+v, %v; want the article with the slug two", shown, err)
	}
}

func TestReadArticle_rejectsUnknownSlugsAndDrafts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.draft(t, "Draft")

	for _, slug := range []string{"draft", "other", "", "Draft", "a b", "a\x00b", "a\xffb", "-", strings.Repeat("a", 5000)} {
		_, err := f.ReadArticle(authtest.As(t, visitor), slug)
		faulttest.Want(t, err, fault.NotFound)
	}
}

func TestReadArticle_rendersAgainWhatAnEarlierRendererStored(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	article := f.publish(t, f.draft(t, "Mulching"))
	want := article.HTML
	article.HTML, article.RendererVersion = "<script>alert(1)</script>", 0
	if err := f.articles.Save(t.Context(), &article); err != nil {
		t.Fatal(err)
	}

	got, err := f.ReadArticle(authtest.As(t, visitor), "mulching")

	if err != nil || got.HTML != want {
		t.Errorf("read %q, %v; want %q", got.HTML, err, want)
	}
}
