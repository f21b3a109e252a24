package blog_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/fault/faulttest"
	"example.com/pergola/core/pagination"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
	"example.com/pergola/migrations"
)

var march = time.Date(2026, 3, 1, 9, 0, 0, 123456000, time.UTC)

// articleAt is an article that was published at this time. Its slug isn't
// claimed.
func articleAt(t testing.TB, title string, at time.Time) blog.Article {
	t.Helper()
	id := uuid.Must(uuid.NewV7()).String()
	article := blog.NewDraft(id, render(t, blog.Text{Title: title, Summary: "In short", Body: "*Words*"}), ada, at)
	article.Slug = "slug-" + id
	if err := article.Publish(edith, at); err != nil {
		t.Fatalf("publish: %v", err)
	}
	return article
}

// add stores an article with its slug.
func (f *fixture) add(t testing.TB, article *blog.Article) {
	t.Helper()
	err := f.db.InTx(t.Context(), func(ctx context.Context) error {
		slug, err := f.articles.ClaimSlug(ctx, article.ID, article.Slug)
		if err != nil {
			return err
		}
		article.Slug = slug
		return f.articles.Add(ctx, article)
	})
	if err != nil {
		t.Fatalf("add %q: %v", article.Title, err)
	}
}

func TestArticles_findsWhatWasAdded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	article := articleAt(t, "Mulching", march)

	f.add(t, &article)

	if article.Version != 1 {
		t.Errorf("version is %d, want 1", article.Version)
	}
	byID, err := f.articles.Find(t.Context(), article.ID)
	if err != nil || byID != article {
		t.Errorf("found by id\n%+v, %v; want\n%+v", byID, err, article)
	}
	bySlug, err := f.articles.FindBySlug(t.Context(), article.Slug)
	if err != nil || bySlug != article {
		t.Errorf("found by slug\n%+v, %v; want\n%+v", bySlug, err, article)
	}
}

func TestArticles_storesADraftThatWasNeverPublished(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	article := blog.NewDraft(uuid.NewString(), render(t, blog.Text{}), ada, march)
	article.Slug = "draft"

	f.add(t, &article)

	found, err := f.articles.Find(t.Context(), article.ID)
	if err != nil || found != article || found.WasPublished() {
		t.Errorf("found\n%+v, %v; want\n%+v", found, err, article)
	}
}

func TestArticles_rejectsADuplicateID(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	article := articleAt(t, "First", march)
	f.add(t, &article)
	second := article
	second.Slug = "second"

	err := f.articles.Add(t.Context(), &second)

	faulttest.Want(t, err, fault.Conflict)
}

func TestArticles_rejectsAStaleVersion(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	article := articleAt(t, "First", march)
	f.add(t, &article)
	stale := article
	article.Edit(render(t, blog.Text{Title: "Second", Body: "Other words"}), edith, march.Add(time.Hour))

	err := f.articles.Save(t.Context(), &article)

	found, findErr := f.articles.Find(t.Context(), article.ID)
	if err != nil || findErr != nil || article.Version != 2 || found != article {
		t.Errorf("saved\n%+v, %v; found\n%+v, %v", article, err, found, findErr)
	}
	faulttest.Want(t, f.articles.Save(t.Context(), &stale), fault.Conflict)
	if again, _ := f.articles.Find(t.Context(), article.ID); again != article {
		t.Errorf("a stale save changed the article to %+v", again)
	}
}

func TestArticles_failsForAMissingArticle(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	missing := articleAt(t, "Missing", march)
	missing.Version = 1

	for _, id := range []string{missing.ID, "", "mulching", "{" + missing.ID + "}", "urn:uuid:" + missing.ID, "a\x00b"} {
		_, err := f.articles.Find(t.Context(), id)
		faulttest.Want(t, err, fault.NotFound)
	}
	_, err := f.articles.FindBySlug(t.Context(), "missing")
	faulttest.Want(t, err, fault.NotFound)
	faulttest.Want(t, f.articles.Save(t.Context(), &missing), fault.Conflict)
	faulttest.Want(t, f.articles.Remove(t.Context(), missing.ID, 1), fault.Conflict)
}

func TestArticles_removesAllSlugsOfAnArticle(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	article := articleAt(t, "First", march)
	f.add(t, &article)
	if _, err := f.articles.ClaimSlug(t.Context(), article.ID, "another"); err != nil {
		t.Fatalf("claim: %v", err)
	}

	faulttest.Want(t, f.articles.Remove(t.Context(), article.ID, 7), fault.Conflict)
	err := f.articles.Remove(t.Context(), article.ID, 1)

	if err != nil {
		t.Errorf("remove: %v", err)
	}
	for _, slug := range []string{article.Slug, "another"} {
		_, err := f.articles.FindBySlug(t.Context(), slug)
		faulttest.Want(t, err, fault.NotFound)
	}
	other := articleAt(t, "Second", march)
	other.Slug = "another"
	if f.add(t, &other); other.Slug != "another" {
		t.Errorf("the slug of a deleted article isn't free: got %q", other.Slug)
	}
}

func TestArticles_numbersDuplicateSlugs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var slugs []string
	for range 3 {
		article := articleAt(t, "Roses", march)
		article.Slug = "roses"
		f.add(t, &article)
		slugs = append(slugs, article.Slug)
	}

	if got := fmt.Sprint(slugs); got != "[roses roses-2 roses-3]" {
		t.Errorf("slugs are %s, want roses, roses-2 and roses-3", got)
	}
}

func TestArticles_claimsTheArticlesOwnSlugAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	article := articleAt(t, "Roses", march)
	article.Slug = "roses"
	f.add(t, &article)

	got, err := f.articles.ClaimSlug(t.Context(), article.ID, "roses")

	if err != nil || got != "roses" {
		t.Errorf("claimed %q, %v; want roses", got, err)
	}
}

func TestArticles_freesAReleasedSlug(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	article := articleAt(t, "Roses", march)
	article.Slug = "roses"
	f.add(t, &article)
	if _, err := f.articles.ClaimSlug(t.Context(), article.ID, "other"); err != nil {
		t.Fatalf("claim: %v", err)
	}

	err := f.articles.ReleaseSlug(t.Context(), "other")

	other := articleAt(t, "Other", march)
	other.Slug = "other"
	if f.add(t, &other); err != nil || other.Slug != "other" {
		t.Errorf("release: %v, then claimed %q; want other", err, other.Slug)
	}
}

func TestArticles_listsPublishedArticlesNewestFirst(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var want []string
	for i := range 5 {
		article := articleAt(t, fmt.Sprintf("Article %d", i), march.Add(time.Duration(i)*time.Minute))
		f.add(t, &article)
		want = append([]string{article.ID}, want...)
	}
	draft := articleAt(t, "Draft", march.Add(time.Hour))
	f.add(t, &draft)
	if err := draft.Unpublish(ada, march.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := f.articles.Save(t.Context(), &draft); err != nil {
		t.Fatal(err)
	}

	first, firstErr := f.articles.ListPublished(t.Context(), pagination.Cursor{}, 3)
	last := first[2]
	rest, restErr := f.articles.ListPublished(t.Context(), pagination.Cursor{At: last.PublishedAt, ID: last.ID}, 3)

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
}

func TestArticles_listsArticlesOfTheSameMomentOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for range 5 {
		article := articleAt(t, "Same", march)
		f.add(t, &article)
	}

	seen := map[string]bool{}
	for cursor, left := (pagination.Cursor{}), 5; left > 0; left-- {
		page, err := f.articles.ListPublished(t.Context(), cursor, 1)
		if err != nil || len(page) != 1 || seen[page[0].ID] {
			t.Fatalf("after %d of 5 articles: %+v, %v", len(seen), page, err)
		}
		seen[page[0].ID] = true
		cursor = pagination.Cursor{At: page[0].PublishedAt, ID: page[0].ID}
	}
}

func TestArticles_listsForTheDeskByState(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	public := articleAt(t, "Public", march)
	f.add(t, &public)
	draft := blog.NewDraft(uuid.NewString(), render(t, blog.Text{Title: "Draft"}), edith, march.Add(time.Minute))
	draft.Slug = "draft"
	f.add(t, &draft)

	for state, want := range map[blog.State]string{"": "Draft Public ", blog.StateDraft: "Draft ", blog.StatePublished: "Public "} {
		entries, err := f.articles.ListForDesk(t.Context(), state, pagination.Cursor{}, 10)
		got := ""
		for _, entry := range entries {
			got += entry.Title + " "
		}
		if err != nil || got != want {
			t.Errorf("state %q lists %q, %v; want %q", state, got, err, want)
		}
	}
	after, err := f.articles.ListForDesk(t.Context(), "", pagination.Cursor{At: march.Add(time.Minute), ID: draft.ID}, 10)
	want := blog.DeskEntry{
		ID: public.ID, Slug: public.Slug, Title: "Public", AuthorName: "Ada", State: blog.StatePublished, Version: 1,
		LastChange: blog.Change{Action: blog.ActionPublished, ByID: edith.ID, ByName: "Edith", At: march},
	}
	if err != nil || len(after) != 1 || after[0] != want {
		t.Errorf("after the draft are\n%+v, %v; want\n%+v", after, err, want)
	}
}

func TestArticles_rollsBackWithTheTransaction(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	kept, gone := articleAt(t, "Kept", march), articleAt(t, "Gone", march)
	f.add(t, &kept)
	claim := func(ctx context.Context, id, slug string) error {
		_, err := f.articles.ClaimSlug(ctx, id, slug)
		return err
	}

	err := f.db.InTx(t.Context(), func(ctx context.Context) error {
		changed := kept
		changed.Title = "Changed"
		return errors.Join(errBroken,
			f.articles.Save(ctx, &changed),
			claim(ctx, gone.ID, gone.Slug), f.articles.Add(ctx, &gone),
			claim(ctx, kept.ID, "more"), f.articles.ReleaseSlug(ctx, "more"),
			f.articles.Remove(ctx, kept.ID, 2))
	})

	if !errors.Is(err, errBroken) || fault.KindOf(err) != fault.Internal {
		t.Errorf("the transaction returned %v", err)
	}
	if found, err := f.articles.FindBySlug(t.Context(), kept.Slug); err != nil || found != kept {
		t.Errorf("the article is now %+v, %v; want it unchanged", found, err)
	}
	for _, slug := range []string{gone.Slug, "more"} {
		_, err := f.articles.FindBySlug(t.Context(), slug)
		faulttest.Want(t, err, fault.NotFound)
	}
}

// queryCounter counts the queries of a database.
type queryCounter struct{ count atomic.Int64 }

func (q *queryCounter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	q.count.Add(1)
	return ctx
}

func (q *queryCounter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func TestArticles_costsOneQueryForEachPageOfAReader(t *testing.T) {
	t.Parallel()
	queries := &queryCounter{}
	db := databasetest.New(t, migrations.FS, database.WithTracer(queries))
	f := newFixtureWith(db, realtimetest.NewRecorder(), eventstest.NewRecorder())
	f.retitle(t, f.publish(t, f.draft(t, "One")), "Two")

	for name, read := range map[string]func() error{
		"front page": func() error {
			_, err := f.ListArticles(authtest.As(t, visitor), blog.ListArticlesInput{})
			return err
		},
		"article":  func() error { _, err := f.ReadArticle(authtest.As(t, visitor), "two"); return err },
		"old slug": func() error { _, err := f.ReadArticle(authtest.As(t, visitor), "one"); return err },
	} {
		before := queries.count.Load()

		err := read()

		if count := queries.count.Load() - before; err != nil || count != 1 {
			t.Errorf("%s costs %d queries, %v; want one", name, count, err)
		}
	}
}
