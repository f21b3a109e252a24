package blog_test

import (
	"context"
	"errors"
	"testing"

	"example.com/pergola/core/fault"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/blog"
)

func findAda(context.Context, string) (accounts.User, error) {
	return accounts.User{ID: ada.ID, Email: ada.Email, Name: ada.Name, Roles: ada.Roles}, nil
}

func newSeed(d *desk, find func(context.Context, string) (accounts.User, error)) blog.SeedArticles {
	return blog.NewSeedArticles(d.articles, d.tx, d.composer, d.clock.now, find)
}

func TestSeedArticles_makesSampleArticlesOnce(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		seed := newSeed(d, findAda)

		for range 2 {
			if err := seed(t.Context()); err != nil {
				t.Fatalf("seed: %v", err)
			}
		}

		public, err := d.ListDesk(as(t, ada), blog.ListDeskInput{State: blog.StatePublished})
		if err != nil || len(public.Entries) != 12 {
			t.Errorf("%d sample articles are public, %v; want 12", len(public.Entries), err)
		}
		drafts, err := d.ListDesk(as(t, ada), blog.ListDeskInput{State: blog.StateDraft})
		if err != nil || len(drafts.Entries) != 1 {
			t.Errorf("%d sample articles are drafts, %v; want 1", len(drafts.Entries), err)
		}
		if len(d.rt.Messages()) != 0 || len(d.outbox.Messages()) != 0 {
			t.Error("somebody was told of sample articles")
		}
		first, err := d.ReadArticle(as(t, nobody), "welcome-to-pergola")
		if err != nil || first.AuthorName != "Ada" || first.Excerpt == "" || first.HTML == "" {
			t.Errorf("the first is %+v, %v", first, err)
		}
		page, err := d.ListArticles(as(t, nobody), blog.ListArticlesInput{})
		if err != nil || page.Articles[0].ID != first.ID {
			t.Errorf("the front page begins with %+v, %v", page.Articles[0], err)
		}
	})
}

func TestSeedArticles_mayBeMadeByManyAtOnce(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)

		seeded := atOnce(t, 4, func(int) error { return newSeed(d, findAda)(t.Context()) })

		page, err := d.ListDesk(as(t, ada), blog.ListDeskInput{})
		if err != nil || seeded != 4 || len(page.Entries) != 13 {
			t.Errorf("%d of 4 seeds succeeded and made %d articles, %v; want 13", seeded, len(page.Entries), err)
		}
	})
}

func TestSeedArticles_leavesExistingArticlesAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))
	d.draft(t, "Mine")

	err := newSeed(d, findAda)(t.Context())

	page, listErr := d.ListDesk(as(t, ada), blog.ListDeskInput{})
	if err := errors.Join(err, listErr); err != nil || len(page.Entries) != 1 {
		t.Errorf("there are %d articles, %v; want the one that was there", len(page.Entries), err)
	}
}

func TestSeedArticles_doesNothingWithoutItsAuthor(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))
	missing := func(context.Context, string) (accounts.User, error) { return accounts.User{}, fault.NotFound }

	err := newSeed(d, missing)(t.Context())

	page, listErr := d.ListDesk(as(t, ada), blog.ListDeskInput{})
	if err := errors.Join(err, listErr); err != nil || len(page.Entries) != 0 {
		t.Errorf("there are %d articles, %v; want none", len(page.Entries), err)
	}
}

func TestSeedArticles_failsIfItsAuthorCannotBeLookedUp(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))
	broken := func(context.Context, string) (accounts.User, error) { return accounts.User{}, errBroken }

	if err := newSeed(d, broken)(t.Context()); !errors.Is(err, errBroken) {
		t.Errorf("failed with %v, want the cause", err)
	}
}
