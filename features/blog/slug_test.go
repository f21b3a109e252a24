package blog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/features/blog"
)

func TestSlug_comesFromTheTitle(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for title, want := range map[string]string{
		"Leaves & light":                "leaves-and-light",
		"Über Bäume, überall":           "uber-baume-uberall",
		"影師":                            "ying-shi",
		"!!!":                           "article",
		"🌹":                             "article",
		strings.Repeat("seventeen ", 9): strings.TrimSuffix(strings.Repeat("seventeen-", 8), "-"),
		strings.Repeat("x", 100):        strings.Repeat("x", 80),
	} {
		draft := f.draft(t, title)

		if draft.Slug != want && draft.Slug != want+"-2" {
			t.Errorf("slug of %q is %q, want %q", title, draft.Slug, want)
		}
	}
}

func TestSlug_ofADraftFollowsItsTitle(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	draft := f.draft(t, "One")

	renamed := f.retitle(t, draft, "Two")
	other := f.draft(t, "One")

	if renamed.Slug != "two" || other.Slug != "one" {
		t.Errorf("slugs are %q and %q, want two and one", renamed.Slug, other.Slug)
	}
}

func TestSlug_staysIfTheNewTitleHasTheSame(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.draft(t, "Roses")
	second := f.draft(t, "Roses")

	edited := f.retitle(t, second, "Roses!")

	if second.Slug != "roses-2" || edited.Slug != "roses-2" {
		t.Errorf("slug was %q and is %q, want roses-2", second.Slug, edited.Slug)
	}
}

func TestSlug_ofAPublishedArticleIsNeverReused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	public := f.retitle(t, f.publish(t, f.draft(t, "One")), "Two")

	other := f.publish(t, f.draft(t, "One"))

	if public.Slug != "two" || other.Slug != "one-2" {
		t.Errorf("slugs are %q and %q, want two and one-2", public.Slug, other.Slug)
	}
	if got, err := f.ReadArticle(authtest.As(t, visitor), "one"); err != nil || got.ID != public.ID {
		t.Errorf("read one: %+v, %v; want the article that had it first", got, err)
	}
}

func TestSlug_returnsWithTheTitle(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	article := f.retitle(t, f.publish(t, f.draft(t, "One")), "Two")

	article = f.retitle(t, article, "One")

	if article.Slug != "one" {
		t.Errorf("slug is %q, want one again", article.Slug)
	}
	if got, err := f.ReadArticle(authtest.As(t, visitor), "two"); err != nil || got.Slug != "one" {
		t.Errorf("read two: %+v, %v; want the article with the slug one", got, err)
	}
}

func TestSlug_isFreeAfterADeletion(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	article := f.retitle(t, f.publish(t, f.draft(t, "One")), "Two")
	if err := f.DeleteArticle(authtest.As(t, ada), blog.DeleteArticleInput{ID: article.ID, Version: article.Version}); err != nil {
		t.Fatal(err)
	}

	one, two := f.draft(t, "One"), f.draft(t, "Two")

	if one.Slug != "one" || two.Slug != "two" {
		t.Errorf("slugs are %q and %q, want one and two", one.Slug, two.Slug)
	}
}

func TestSlug_isUniqueForConcurrentDrafts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	slugs := make(chan string, 6)

	written := concurrently(t, 6, func(int) error {
		draft, err := f.WriteDraft(authtest.As(t, ada), blog.WriteDraftInput{Text: blog.Text{Title: "Roses"}})
		slugs <- draft.Slug
		return err
	})

	var got []string
	for range 6 {
		got = append(got, <-slugs)
	}
	slices.Sort(got)
	if written != 6 || fmt.Sprint(got) != "[roses roses-2 roses-3 roses-4 roses-5 roses-6]" {
		t.Errorf("%d drafts have the slugs %v, want six numbered ones", written, got)
	}
}
