package blog_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/core/fault"
	"example.com/pergola/features/blog"
)

// The contract of blog.Articles. Every implementation keeps it.

var march = time.Date(2026, 3, 1, 9, 0, 0, 123456000, time.UTC)

// articleAt is a published article of that time, without a slug that is
// claimed.
func articleAt(t testing.TB, title string, at time.Time) blog.Article {
	t.Helper()
	id := uuid.Must(uuid.NewV7()).String()
	article := blog.NewDraft(id, compose(t, blog.Text{Title: title, Summary: "In short", Body: "*Words*"}), ada, at)
	article.Slug = "slug-" + id
	if err := article.Publish(edith, at); err != nil {
		t.Fatalf("publish: %v", err)
	}
	return article
}

// add stores an article with its slug.
func add(t testing.TB, s storage, article *blog.Article) {
	t.Helper()
	err := s.tx.InTx(t.Context(), func(ctx context.Context) error {
		slug, err := s.articles.ClaimSlug(ctx, article.ID, article.Slug)
		if err != nil {
			return err
		}
		article.Slug = slug
		return s.articles.Add(ctx, article)
	})
	if err != nil {
		t.Fatalf("add %q: %v", article.Title, err)
	}
}

func TestArticles_findWhatWasAdded(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		article := articleAt(t, "Mulching", march)

		add(t, s, &article)

		if article.Version != 1 {
			t.Errorf("the version is %d, want 1", article.Version)
		}
		byID, err := s.articles.Find(t.Context(), article.ID)
		if err != nil || byID != article {
			t.Errorf("found by id\n%+v, %v; want\n%+v", byID, err, article)
		}
		bySlug, err := s.articles.FindBySlug(t.Context(), article.Slug)
		if err != nil || bySlug != article {
			t.Errorf("found by slug\n%+v, %v; want\n%+v", bySlug, err, article)
		}
	})
}

func TestArticles_keepADraftThatWasNeverPublic(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		article := blog.NewDraft(uuid.NewString(), compose(t, blog.Text{}), ada, march)
		article.Slug = "draft"

		add(t, s, &article)

		found, err := s.articles.Find(t.Context(), article.ID)
		if err != nil || found != article || found.WasPublic() {
			t.Errorf("found\n%+v, %v; want\n%+v", found, err, article)
		}
	})
}

func TestArticles_refuseASecondWithTheSameID(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		article := articleAt(t, "First", march)
		add(t, s, &article)
		second := article
		second.Slug = "second"

		err := s.articles.Add(t.Context(), &second)

		wantFault(t, err, fault.Conflict)
	})
}

func TestArticles_saveCountsVersions(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		article := articleAt(t, "First", march)
		add(t, s, &article)
		stale := article
		article.Edit(compose(t, blog.Text{Title: "Second", Body: "Other words"}), edith, march.Add(time.Hour))

		err := s.articles.Save(t.Context(), &article)

		found, findErr := s.articles.Find(t.Context(), article.ID)
		if err != nil || findErr != nil || article.Version != 2 || found != article {
			t.Errorf("saved\n%+v, %v; found\n%+v, %v", article, err, found, findErr)
		}
		wantFault(t, s.articles.Save(t.Context(), &stale), fault.Conflict)
		if again, _ := s.articles.Find(t.Context(), article.ID); again != article {
			t.Errorf("a stale save changed the article to %+v", again)
		}
	})
}

func TestArticles_missWhatIsNotThere(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		missing := articleAt(t, "Missing", march)
		missing.Version = 1

		for _, id := range []string{missing.ID, "", "mulching", "{" + missing.ID + "}", "urn:uuid:" + missing.ID, "a\x00b"} {
			_, err := s.articles.Find(t.Context(), id)
			wantFault(t, err, fault.NotFound)
		}
		_, err := s.articles.FindBySlug(t.Context(), "missing")
		wantFault(t, err, fault.NotFound)
		wantFault(t, s.articles.Save(t.Context(), &missing), fault.Conflict)
		wantFault(t, s.articles.Remove(t.Context(), missing.ID, 1), fault.Conflict)
	})
}

func TestArticles_removeWithAllSlugs(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		article := articleAt(t, "First", march)
		add(t, s, &article)
		if _, err := s.articles.ClaimSlug(t.Context(), article.ID, "another"); err != nil {
			t.Fatalf("claim: %v", err)
		}

		wantFault(t, s.articles.Remove(t.Context(), article.ID, 7), fault.Conflict)
		err := s.articles.Remove(t.Context(), article.ID, 1)

		if err != nil {
			t.Errorf("remove: %v", err)
		}
		for _, slug := range []string{article.Slug, "another"} {
			_, err := s.articles.FindBySlug(t.Context(), slug)
			wantFault(t, err, fault.NotFound)
		}
		other := articleAt(t, "Second", march)
		other.Slug = "another"
		if add(t, s, &other); other.Slug != "another" {
			t.Errorf("the slug of a deleted article is not free: got %q", other.Slug)
		}
	})
}

func TestArticles_numberSlugsThatAreTaken(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		var slugs []string
		for range 3 {
			article := articleAt(t, "Roses", march)
			article.Slug = "roses"
			add(t, s, &article)
			slugs = append(slugs, article.Slug)
		}

		if got := fmt.Sprint(slugs); got != "[roses roses-2 roses-3]" {
			t.Errorf("the slugs are %s, want roses, roses-2 and roses-3", got)
		}
	})
}

func TestArticles_giveAnArticleItsOwnSlugAgain(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		article := articleAt(t, "Roses", march)
		article.Slug = "roses"
		add(t, s, &article)

		got, err := s.articles.ClaimSlug(t.Context(), article.ID, "roses")

		if err != nil || got != "roses" {
			t.Errorf("claimed %q, %v; want the article's own", got, err)
		}
	})
}

func TestArticles_freeAReleasedSlug(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		article := articleAt(t, "Roses", march)
		article.Slug = "roses"
		add(t, s, &article)
		if _, err := s.articles.ClaimSlug(t.Context(), article.ID, "other"); err != nil {
			t.Fatalf("claim: %v", err)
		}

		err := s.articles.ReleaseSlug(t.Context(), "other")

		other := articleAt(t, "Other", march)
		other.Slug = "other"
		if add(t, s, &other); err != nil || other.Slug != "other" {
			t.Errorf("released with %v, and then claimed %q", err, other.Slug)
		}
	})
}

func TestArticles_listPublishedFromTheTop(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		var want []string
		for i := range 5 {
			article := articleAt(t, fmt.Sprintf("Article %d", i), march.Add(time.Duration(i)*time.Minute))
			add(t, s, &article)
			want = append([]string{article.ID}, want...)
		}
		draft := articleAt(t, "Draft", march.Add(time.Hour))
		add(t, s, &draft)
		if err := draft.Unpublish(ada, march.Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := s.articles.Save(t.Context(), &draft); err != nil {
			t.Fatal(err)
		}

		first, firstErr := s.articles.ListPublished(t.Context(), blog.Cursor{}, 3)
		last := first[2]
		rest, restErr := s.articles.ListPublished(t.Context(), blog.Cursor{At: last.PublishedAt, ID: last.ID}, 3)

		var got []string
		for _, teaser := range append(first, rest...) {
			got = append(got, teaser.ID)
		}
		if err := errors.Join(firstErr, restErr); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("listed %v, %v; want %v", got, err, want)
		}
		wantTeaser := blog.Teaser{
			ID: first[0].ID, Slug: "slug-" + first[0].ID, Title: "Article 4", Excerpt: "In short", AuthorID: ada.ID, AuthorName: "Ada",
			PublishedAt: march.Add(4 * time.Minute), ChangedAt: march.Add(4 * time.Minute),
		}
		if first[0] != wantTeaser {
			t.Errorf("the first is\n%+v, want\n%+v", first[0], wantTeaser)
		}
	})
}

func TestArticles_listThoseOfOneMomentOnce(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		for range 5 {
			article := articleAt(t, "Same", march)
			add(t, s, &article)
		}

		seen := map[string]bool{}
		for cursor, left := (blog.Cursor{}), 5; left > 0; left-- {
			page, err := s.articles.ListPublished(t.Context(), cursor, 1)
			if err != nil || len(page) != 1 || seen[page[0].ID] {
				t.Fatalf("after %d of 5 articles: %+v, %v", len(seen), page, err)
			}
			seen[page[0].ID] = true
			cursor = blog.Cursor{At: page[0].PublishedAt, ID: page[0].ID}
		}
	})
}

func TestArticles_listForTheDesk(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		public := articleAt(t, "Public", march)
		add(t, s, &public)
		draft := blog.NewDraft(uuid.NewString(), compose(t, blog.Text{Title: "Draft"}), edith, march.Add(time.Minute))
		draft.Slug = "draft"
		add(t, s, &draft)

		for state, want := range map[blog.State]string{"": "Draft Public ", blog.StateDraft: "Draft ", blog.StatePublished: "Public "} {
			entries, err := s.articles.ListForDesk(t.Context(), state, blog.Cursor{}, 10)
			got := ""
			for _, entry := range entries {
				got += entry.Title + " "
			}
			if err != nil || got != want {
				t.Errorf("in state %q are %q, %v; want %q", state, got, err, want)
			}
		}
		after, err := s.articles.ListForDesk(t.Context(), "", blog.Cursor{At: march.Add(time.Minute), ID: draft.ID}, 10)
		want := blog.DeskEntry{
			ID: public.ID, Slug: public.Slug, Title: "Public", AuthorName: "Ada", State: blog.StatePublished, Version: 1,
			LastChange: blog.Change{Action: blog.ActionPublished, ByID: edith.ID, ByName: "Edith", At: march},
		}
		if err != nil || len(after) != 1 || after[0] != want {
			t.Errorf("after the draft are\n%+v, %v; want\n%+v", after, err, want)
		}
	})
}

func TestArticles_undoWhatIsRolledBack(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		kept, gone := articleAt(t, "Kept", march), articleAt(t, "Gone", march)
		add(t, s, &kept)
		refusal := errors.New("no")

		err := s.tx.InTx(t.Context(), func(ctx context.Context) error {
			changed := kept
			changed.Title = "Changed"
			return errors.Join(refusal,
				s.articles.Save(ctx, &changed),
				claim(ctx, s, gone.ID, gone.Slug), s.articles.Add(ctx, &gone),
				claim(ctx, s, kept.ID, "more"), s.articles.ReleaseSlug(ctx, "more"),
				s.articles.Remove(ctx, kept.ID, 2))
		})

		if !errors.Is(err, refusal) || fault.KindOf(err) != fault.Internal {
			t.Errorf("the transaction ended with %v", err)
		}
		if found, err := s.articles.FindBySlug(t.Context(), kept.Slug); err != nil || found != kept {
			t.Errorf("the article is now %+v, %v; want it as it was", found, err)
		}
		for _, slug := range []string{gone.Slug, "more"} {
			_, err := s.articles.FindBySlug(t.Context(), slug)
			wantFault(t, err, fault.NotFound)
		}
	})
}

func claim(ctx context.Context, s storage, id, slug string) error {
	_, err := s.articles.ClaimSlug(ctx, id, slug)
	return err
}

func TestCursor_survivesAnAddress(t *testing.T) {
	t.Parallel()
	for _, cursor := range []blog.Cursor{{}, {At: march, ID: ada.ID}, {At: time.Date(1960, 1, 1, 0, 0, 0, 1000, time.UTC), ID: ada.ID}} {
		if got, err := blog.ParseCursor(cursor.String()); err != nil || got != cursor {
			t.Errorf("%+v came back as %+v, %v", cursor, got, err)
		}
	}
}

func TestCursor_refusesWhatItDidNotMake(t *testing.T) {
	t.Parallel()
	bad := []string{"x", "!", "AAAA", "a.b", blog.Cursor{At: march, ID: "no id"}.String(), blog.Cursor{At: march, ID: "{" + ada.ID + "}"}.String(),
		blog.Cursor{At: time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC), ID: ada.ID}.String(), blog.Cursor{At: march, ID: ada.ID}.String() + "A"}
	for _, text := range bad {
		if _, err := blog.ParseCursor(text); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q is taken for a cursor: %v", text, err)
		}
	}
}
