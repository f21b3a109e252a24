package blog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gosimple/slug"
	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/pagination"
)

// Articles stores articles and their slugs in the tables blog_articles and
// blog_article_slugs. Its methods join the transaction in the context, and fail
// with fault.Unavailable if the database doesn't answer.
type Articles struct{ db *database.DB }

// NewArticles returns the store.
func NewArticles(db *database.DB) *Articles { return &Articles{db: db} }

// Teaser is what the list of articles shows of one.
type Teaser struct {
	ID          string
	Slug        string
	Title       string
	Excerpt     string
	AuthorID    string
	AuthorName  string
	PublishedAt time.Time
	ChangedAt   time.Time
}

// URL returns the path of the article's page.
func (t Teaser) URL() string { return articleURL(t.Slug) }

func (t Teaser) cursor() pagination.Cursor { return pagination.Cursor{At: t.PublishedAt, ID: t.ID} }

// DeskEntry is what the desk's list shows of an article.
type DeskEntry struct {
	ID         string
	Slug       string
	Title      string
	AuthorName string
	State      State
	Version    int
	LastChange Change
}

func (e DeskEntry) cursor() pagination.Cursor {
	return pagination.Cursor{At: e.LastChange.At, ID: e.ID}
}

// Add stores a new article as version 1. It fails with fault.Conflict if an
// article has this id.
func (s *Articles) Add(ctx context.Context, a *Article) error {
	const sql = `
		insert into blog_articles (
			id, slug, title, summary, body, excerpt, html, reading_minutes, renderer_version,
			author_id, author_name, state, version, published_at, created_at,
			last_action, changed_by_id, changed_by_name, changed_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, $13, $14, $15, $16, $17, $18)
		on conflict (id) do nothing`
	tag, err := s.db.Exec(ctx, sql,
		a.ID, a.Slug, a.Title, a.Summary, a.Body, a.Excerpt, a.HTML, a.ReadingMinutes, a.RendererVersion,
		a.AuthorID, a.AuthorName, a.State, nullTime(a.PublishedAt), a.CreatedAt,
		a.LastChange.Action, a.LastChange.ByID, a.LastChange.ByName, a.LastChange.At)
	if err != nil {
		return fmt.Errorf("add article %s: %w", a.ID, err)
	}
	if tag.RowsAffected() == 0 {
		return errArticleExists()
	}
	a.Version = 1
	return nil
}

// Save stores a changed article and increases its Version. It fails with
// fault.Conflict unless the stored article has the same version.
func (s *Articles) Save(ctx context.Context, a *Article) error {
	const sql = `
		update blog_articles set
			slug = $3, title = $4, summary = $5, body = $6, excerpt = $7, html = $8, reading_minutes = $9, renderer_version = $10,
			state = $11, published_at = $12, version = version + 1,
			last_action = $13, changed_by_id = $14, changed_by_name = $15, changed_at = $16
		where id = $1 and version = $2`
	tag, err := s.db.Exec(ctx, sql,
		a.ID, a.Version, a.Slug, a.Title, a.Summary, a.Body, a.Excerpt, a.HTML, a.ReadingMinutes, a.RendererVersion,
		a.State, nullTime(a.PublishedAt),
		a.LastChange.Action, a.LastChange.ByID, a.LastChange.ByName, a.LastChange.At)
	if err != nil {
		return fmt.Errorf("save article %s: %w", a.ID, err)
	}
	if tag.RowsAffected() == 0 {
		return errArticleChanged()
	}
	a.Version++
	return nil
}

// Remove deletes an article with all its slugs. It fails with fault.Conflict
// unless the stored article has this version.
func (s *Articles) Remove(ctx context.Context, id string, version int) error {
	tag, err := s.db.Exec(ctx, `delete from blog_articles where id = $1 and version = $2`, id, version)
	if err != nil {
		return fmt.Errorf("remove article %s: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return errArticleChanged()
	}
	return nil
}

// Find fails with fault.NotFound if no article has this id.
func (s *Articles) Find(ctx context.Context, id string) (Article, error) {
	if !database.IsUUID(id) {
		return Article{}, errNoArticle()
	}
	article, err := scanArticle(s.db.QueryRow(ctx, selectArticle+` where a.id = $1`, id))
	if err != nil {
		return Article{}, fmt.Errorf("find article %s: %w", id, err)
	}
	return article, nil
}

// FindVersion finds an article to change it. It fails with fault.NotFound, and
// with fault.Conflict if the stored version is not the one the editor saw.
func (s *Articles) FindVersion(ctx context.Context, id string, seen int) (Article, error) {
	article, err := s.Find(ctx, id)
	if err != nil {
		return Article{}, err
	}
	return article, article.checkVersion(seen)
}

// FindBySlug finds the article that has this slug, or had it before: compare
// Article.Slug. It fails with fault.NotFound.
func (s *Articles) FindBySlug(ctx context.Context, slug string) (Article, error) {
	const sql = selectArticle + ` join blog_article_slugs s on s.article_id = a.id where s.slug = $1`
	article, err := scanArticle(s.db.Read(ctx, sql, slug))
	if err != nil {
		return Article{}, fmt.Errorf("find article %q: %w", slug, err)
	}
	return article, nil
}

// ListPublished lists what readers see after the cursor, most recently
// published first.
func (s *Articles) ListPublished(ctx context.Context, after pagination.Cursor, limit int) ([]Teaser, error) {
	const sql = `
		select id, slug, title, excerpt, author_id, author_name, published_at, changed_at
		from blog_articles
		where state = 'published' and (published_at, id) < ($1, $2)
		order by published_at desc, id desc
		limit $3`
	at, id := after.Position()
	teasers := make([]Teaser, 0, limit)
	var t Teaser
	scanned := []any{&t.ID, &t.Slug, &t.Title, &t.Excerpt, &t.AuthorID, &t.AuthorName, &t.PublishedAt, &t.ChangedAt}
	err := s.db.Read(ctx, sql, at, id, limit).ForEach(scanned, func() error {
		t.PublishedAt, t.ChangedAt = t.PublishedAt.UTC(), t.ChangedAt.UTC()
		teasers = append(teasers, t)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list published articles: %w", err)
	}
	return teasers, nil
}

// ListForDesk lists what editors see after the cursor, most recently changed
// first. The state "" lists articles in any state.
func (s *Articles) ListForDesk(ctx context.Context, state State, after pagination.Cursor, limit int) ([]DeskEntry, error) {
	const sql = `
		select id, slug, title, author_name, state, version, last_action, changed_by_id, changed_by_name, changed_at
		from blog_articles
		where ($1 = '' or state = $1) and (changed_at, id) < ($2, $3)
		order by changed_at desc, id desc
		limit $4`
	at, id := after.Position()
	rows, err := s.db.Query(ctx, sql, state, at, id, limit)
	if err != nil {
		return nil, fmt.Errorf("list articles for the desk: %w", err)
	}
	entries := make([]DeskEntry, 0, limit)
	var e DeskEntry
	scanned := []any{&e.ID, &e.Slug, &e.Title, &e.AuthorName, &e.State, &e.Version,
		&e.LastChange.Action, &e.LastChange.ByID, &e.LastChange.ByName, &e.LastChange.At}
	_, err = pgx.ForEachRow(rows, scanned, func() error {
		e.LastChange.At = e.LastChange.At.UTC()
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list articles for the desk: %w", err)
	}
	return entries, nil
}

// AssignSlug gives the article the slug of its title, with a number appended if
// another article has or had the same one. It keeps the slug if the former
// title has the same one. Once an article was published, its former slugs
// redirect to it; those of a draft become free. It needs a transaction.
func (s *Articles) AssignSlug(ctx context.Context, article *Article, formerTitle string) error {
	wanted := slugOf(article.Title)
	if article.Slug != "" && slugOf(formerTitle) == wanted {
		return nil
	}
	claimed, err := s.ClaimSlug(ctx, article.ID, wanted)
	if err != nil {
		return err
	}
	former := article.Slug
	article.Slug = claimed
	if former == "" || former == claimed || article.WasPublished() {
		return nil
	}
	return s.ReleaseSlug(ctx, former)
}

// ClaimSlug claims the wanted slug for an article, or the first numbered one
// that no other article has or had. It blocks while another transaction holds
// the same slug. The article may be added later in the same transaction.
func (s *Articles) ClaimSlug(ctx context.Context, articleID, wanted string) (string, error) {
	const sql = `
		insert into blog_article_slugs (slug, article_id) values ($1, $2)
		on conflict (slug) do update set article_id = excluded.article_id
		where blog_article_slugs.article_id = excluded.article_id`
	claimed := wanted
	for n := 2; ; n++ {
		tag, err := s.db.Exec(ctx, sql, claimed, articleID)
		if err != nil {
			return "", fmt.Errorf("claim slug %q: %w", claimed, err)
		}
		if tag.RowsAffected() == 1 {
			return claimed, nil
		}
		claimed = wanted + "-" + strconv.Itoa(n)
	}
}

// ReleaseSlug makes a slug available to other articles.
func (s *Articles) ReleaseSlug(ctx context.Context, slug string) error {
	if _, err := s.db.Exec(ctx, `delete from blog_article_slugs where slug = $1`, slug); err != nil {
		return fmt.Errorf("release slug %q: %w", slug, err)
	}
	return nil
}

// maxSlug is the maximum length of a slug before a number is appended, in bytes.
const maxSlug = 80

// slugOf makes a slug from a title: "Über Bäume & Licht" becomes
// "uber-baume-and-licht".
func slugOf(title string) string {
	made := slug.Make(title)
	if len(made) > maxSlug {
		made = made[:maxSlug]
		if dash := strings.LastIndexByte(made, '-'); dash > 0 {
			made = made[:dash]
		}
	}
	if made = strings.Trim(made, "-_"); made == "" {
		return "article"
	}
	return made
}

const selectArticle = `
	select a.id, a.slug, a.title, a.summary, a.body, a.excerpt, a.html, a.reading_minutes, a.renderer_version,
		a.author_id, a.author_name, a.state, a.version, a.published_at, a.created_at,
		a.last_action, a.changed_by_id, a.changed_by_name, a.changed_at
	from blog_articles a`

func scanArticle(row pgx.Row) (Article, error) {
	var a Article
	var publishedAt *time.Time
	err := row.Scan(&a.ID, &a.Slug, &a.Title, &a.Summary, &a.Body, &a.Excerpt, &a.HTML, &a.ReadingMinutes, &a.RendererVersion,
		&a.AuthorID, &a.AuthorName, &a.State, &a.Version, &publishedAt, &a.CreatedAt,
		&a.LastChange.Action, &a.LastChange.ByID, &a.LastChange.ByName, &a.LastChange.At)
	if errors.Is(err, pgx.ErrNoRows) {
		return Article{}, errNoArticle()
	}
	if err != nil {
		return Article{}, err
	}
	if publishedAt != nil {
		a.PublishedAt = publishedAt.UTC()
	}
	a.CreatedAt, a.LastChange.At = a.CreatedAt.UTC(), a.LastChange.At.UTC()
	return a, nil
}

func nullTime(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

func errNoArticle() error { return fault.NotFound.New("This article doesn't exist.") }
func errArticleExists() error {
	return fault.Conflict.New("This draft is already saved, with a different text.")
}
func errArticleChanged() error {
	return fault.Conflict.New("Someone else changed or deleted this article.")
}
