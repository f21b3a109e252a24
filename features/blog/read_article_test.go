package blog_test

import (
	"strings"
	"testing"

	"example.com/pergola/core/fault"
	"example.com/pergola/features/blog"
)

func TestReadArticle_findsItUnderItsSlug(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		article := d.publish(t, d.draft(t, "Mulching"))

		got, err := d.ReadArticle(as(t, nobody), "mulching")

		if err != nil || got != article {
			t.Errorf("read\n%+v, %v; want\n%+v", got, err, article)
		}
	})
}

func TestReadArticle_findsItUnderEverySlugItHad(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		article := d.publish(t, d.draft(t, "One"))
		article = d.retitle(t, article, "Two")
		article = d.retitle(t, article, "Three")

		for _, slug := range []string{"one", "two", "three"} {
			if got, err := d.ReadArticle(as(t, nobody), slug); err != nil || got.ID != article.ID || got.Slug != "three" {
				t.Errorf("at %q is %+v, %v; want the article at three", slug, got, err)
			}
		}
	})
}

func TestReadArticle_keepsOldSlugsOverAWithdrawal(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))
	article := d.publish(t, d.draft(t, "One"))
	article, err := d.UnpublishArticle(as(t, ada), blog.UnpublishArticleInput{ID: article.ID, Version: article.Version})
	if err != nil {
		t.Fatal(err)
	}
	article = d.retitle(t, article, "Two")

	_, hidden := d.ReadArticle(as(t, nobody), "one")
	article = d.publish(t, article)
	shown, err := d.ReadArticle(as(t, nobody), "one")

	wantFault(t, hidden, fault.NotFound)
	if err != nil || shown.Slug != "two" || shown.ID != article.ID {
		t.Errorf("at one is %+v, %v; want the article at two", shown, err)
	}
}

func TestReadArticle_misses(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		d.draft(t, "Draft")

		for _, slug := range []string{"draft", "other", "", "Draft", "a b", "a\x00b", "a\xffb", "-", strings.Repeat("a", 5000)} {
			_, err := d.ReadArticle(as(t, nobody), slug)
			wantFault(t, err, fault.NotFound)
		}
	})
}

func TestReadArticle_composesAnEarlierEditionAgain(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		article := d.publish(t, d.draft(t, "Mulching"))
		want := article.HTML
		article.HTML, article.Edition = "<script>alert(1)</script>", 0
		if err := s.articles.Save(t.Context(), &article); err != nil {
			t.Fatal(err)
		}

		got, err := d.ReadArticle(as(t, nobody), "mulching")

		if err != nil || got.HTML != want {
			t.Errorf("read %q, %v; want %q", got.HTML, err, want)
		}
	})
}
