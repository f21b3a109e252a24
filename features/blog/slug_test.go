package blog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/pergola/features/blog"
)

func TestSlug_isMadeOfTheTitle(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))
	for title, want := range map[string]string{
		"Leaves & light":                "leaves-and-light",
		"Über Bäume, überall":           "uber-baume-uberall",
		"影師":                            "ying-shi",
		"!!!":                           "article",
		"🌹":                             "article",
		strings.Repeat("seventeen ", 9): strings.TrimSuffix(strings.Repeat("seventeen-", 8), "-"),
		strings.Repeat("x", 100):        strings.Repeat("x", 80),
	} {
		draft := d.draft(t, title)

		if draft.Slug != want && draft.Slug != want+"-2" {
			t.Errorf("%q became %q, want %q", title, draft.Slug, want)
		}
	}
}

func TestSlug_ofADraftFollowsItsTitleAndIsFreedAgain(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		draft := d.draft(t, "One")

		renamed := d.retitle(t, draft, "Two")
		other := d.draft(t, "One")

		if renamed.Slug != "two" || other.Slug != "one" {
			t.Errorf("the slugs are %q and %q, want two and one", renamed.Slug, other.Slug)
		}
	})
}

func TestSlug_staysWhileTheTitleAsksForTheSame(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		d.draft(t, "Roses")
		second := d.draft(t, "Roses")

		edited := d.retitle(t, second, "Roses!")

		if second.Slug != "roses-2" || edited.Slug != "roses-2" {
			t.Errorf("the slug was %q and is %q, want roses-2", second.Slug, edited.Slug)
		}
	})
}

func TestSlug_thatReadersKnowIsNeverAnotherArticles(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		public := d.retitle(t, d.publish(t, d.draft(t, "One")), "Two")

		other := d.publish(t, d.draft(t, "One"))

		if public.Slug != "two" || other.Slug != "one-2" {
			t.Errorf("the slugs are %q and %q, want two and one-2", public.Slug, other.Slug)
		}
		if got, err := d.ReadArticle(as(t, nobody), "one"); err != nil || got.ID != public.ID {
			t.Errorf("at one is %+v, %v; want the article that was there", got, err)
		}
	})
}

func TestSlug_comesBackWithTheTitle(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		article := d.retitle(t, d.publish(t, d.draft(t, "One")), "Two")

		article = d.retitle(t, article, "One")

		if article.Slug != "one" {
			t.Errorf("the slug is %q, want one again", article.Slug)
		}
		if got, err := d.ReadArticle(as(t, nobody), "two"); err != nil || got.Slug != "one" {
			t.Errorf("at two is %+v, %v; want the article at one", got, err)
		}
	})
}

func TestSlug_isFreeOnceItsArticleIsDeleted(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		article := d.retitle(t, d.publish(t, d.draft(t, "One")), "Two")
		if err := d.DeleteArticle(as(t, ada), blog.DeleteArticleInput{ID: article.ID, Version: article.Version}); err != nil {
			t.Fatal(err)
		}

		one, two := d.draft(t, "One"), d.draft(t, "Two")

		if one.Slug != "one" || two.Slug != "two" {
			t.Errorf("the slugs are %q and %q, want one and two", one.Slug, two.Slug)
		}
	})
}

func TestSlug_isUniqueAmongManyWrittenAtOnce(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		slugs := make(chan string, 6)

		written := atOnce(t, 6, func(int) error {
			draft, err := d.WriteDraft(as(t, ada), blog.WriteDraftInput{Text: blog.Text{Title: "Roses"}})
			slugs <- draft.Slug
			return err
		})

		var got []string
		for range 6 {
			got = append(got, <-slugs)
		}
		slices.Sort(got)
		if written != 6 || fmt.Sprint(got) != "[roses roses-2 roses-3 roses-4 roses-5 roses-6]" {
			t.Errorf("%d written at %v, want six, numbered", written, got)
		}
	})
}
