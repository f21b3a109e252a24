package blog_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/fault"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/blog"
)

func findAda(context.Context, string) (accounts.User, error) {
	return accounts.User{ID: ada.ID, Email: ada.Email, Name: ada.Name, Roles: ada.Roles}, nil
}

func newSeed(f *fixture, find func(context.Context, string) (accounts.User, error)) blog.SeedArticles {
	return blog.NewSeedArticles(f.db, f.articles, f.renderer, f.clock.Now, find)
}

func TestSeedArticles_addsTheSamplesOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	seed := newSeed(f, findAda)

	for range 2 {
		if err := seed(t.Context()); err != nil {
			t.Fatalf("seed: %v", err)
		}
	}

	public, err := f.ListDesk(authtest.As(t, ada), blog.ListDeskInput{State: blog.StatePublished})
	if err != nil || len(public.Entries) != 12 {
		t.Errorf("%d samples are published, %v; want 12", len(public.Entries), err)
	}
	drafts, err := f.ListDesk(authtest.As(t, ada), blog.ListDeskInput{State: blog.StateDraft})
	if err != nil || len(drafts.Entries) != 1 {
		t.Errorf("%d samples are drafts, %v; want 1", len(drafts.Entries), err)
	}
	if len(f.rt.Messages()) != 0 || len(f.outbox.Messages()) != 0 {
		t.Error("the samples were broadcast or published as events")
	}
	page, err := f.ListArticles(authtest.As(t, visitor), blog.ListArticlesInput{})
	if err != nil || !strings.HasPrefix(page.Articles[0].Slug, "welcome-to-") {
		t.Fatalf("front page begins with %+v, %v", page.Articles[0], err)
	}
	first, err := f.ReadArticle(authtest.As(t, visitor), page.Articles[0].Slug)
	if err != nil || first.AuthorName != "Ada" || first.Excerpt == "" || first.HTML == "" {
		t.Errorf("the first sample is %+v, %v", first, err)
	}
}

func TestSeedArticles_isSafeToRunConcurrently(t *testing.T) {
	t.Parallel()
	f := newFixture(t)

	seeded := concurrently(t, 4, func(int) error { return newSeed(f, findAda)(t.Context()) })

	page, err := f.ListDesk(authtest.As(t, ada), blog.ListDeskInput{})
	if err != nil || seeded != 4 || len(page.Entries) != 13 {
		t.Errorf("%d of 4 seeds succeeded and added %d articles, %v; want 13", seeded, len(page.Entries), err)
	}
}

func TestSeedArticles_keepsExistingArticles(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.draft(t, "Mine")

	err := newSeed(f, findAda)(t.Context())

	page, listErr := f.ListDesk(authtest.As(t, ada), blog.ListDeskInput{})
	if err := errors.Join(err, listErr); err != nil || len(page.Entries) != 1 {
		t.Errorf("there are %d articles, %v; want the existing one", len(page.Entries), err)
	}
}

func TestSeedArticles_doesNothingWithoutItsAuthor(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	missing := func(context.Context, string) (accounts.User, error) { return accounts.User{}, fault.NotFound }

	err := newSeed(f, missing)(t.Context())

	page, listErr := f.ListDesk(authtest.As(t, ada), blog.ListDeskInput{})
	if err := errors.Join(err, listErr); err != nil || len(page.Entries) != 0 {
		t.Errorf("there are %d articles, %v; want none", len(page.Entries), err)
	}
}

func TestSeedArticles_failsIfTheAuthorLookupFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	broken := func(context.Context, string) (accounts.User, error) { return accounts.User{}, errBroken }

	if err := newSeed(f, broken)(t.Context()); !errors.Is(err, errBroken) {
		t.Errorf("failed with %v, want the cause", err)
	}
}
