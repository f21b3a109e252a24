package blog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
)

// NewPostgresArticles keeps articles in the tables blog_articles and
// blog_article_slugs.
func NewPostgresArticles(db *database.DB) Articles { return &postgresArticles{db: db} }

type postgresArticles struct{ db *database.DB }

func (p *postgresArticles) Add(ctx context.Context, a *Article) error {
	const sql = `
		insert into blog_articles (
			id, slug, title, summary, body, excerpt, html, reading_minutes, edition,
			author_id, author_name, state, version, published_at, created_at,
			last_action, changed_by_id, changed_by_name, changed_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, $13, $14, $15, $16, $17, $18)
		on conflict (id) do nothing`
	tag, err := p.db.Exec(ctx, sql,
		a.ID, a.Slug, a.Title, a.Summary, a.Body, a.Excerpt, a.HTML, a.ReadingMinutes, a.Edition,
		a.AuthorID, a.AuthorName, a.State, orNull(a.PublishedAt), a.CreatedAt,
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

func (p *postgresArticles) Save(ctx context.Context, a *Article) error {
	const sql = `
		update blog_articles set
			slug = $3, title = $4, summary = $5, body = $6, excerpt = $7, html = $8, reading_minutes = $9, edition = $10,
			state = $11, published_at = $12, version = version + 1,
			last_action = $13, changed_by_id = $14, changed_by_name = $15, changed_at = $16
		where id = $1 and version = $2`
	tag, err := p.db.Exec(ctx, sql,
		a.ID, a.Version, a.Slug, a.Title, a.Summary, a.Body, a.Excerpt, a.HTML, a.ReadingMinutes, a.Edition,
		a.State, orNull(a.PublishedAt),
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

func (p *postgresArticles) Remove(ctx context.Context, id string, version int) error {
	tag, err := p.db.Exec(ctx, `delete from blog_articles where id = $1 and version = $2`, id, version)
	if err != nil {
		return fmt.Errorf("remove article %s: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return errArticleChanged()
	}
	return nil
}

func (p *postgresArticles) Find(ctx context.Context, id string) (Article, error) {
	if !isID(id) {
		return Article{}, errNoArticle()
	}
	article, err := scanArticle(p.db.QueryRow(ctx, selectArticle+` where a.id = $1`, id))
	if err != nil {
		return Article{}, fmt.Errorf("find article %s: %w", id, err)
	}
	return article, nil
}

func (p *postgresArticles) FindBySlug(ctx context.Context, slug string) (Article, error) {
	const sql = selectArticle + ` join blog_article_slugs s on s.article_id = a.id where s.slug = $1`
	article, err := scanArticle(p.db.Read(ctx, sql, slug))
	if err != nil {
		return Article{}, fmt.Errorf("find article %q: %w", slug, err)
	}
	return article, nil
}

func (p *postgresArticles) ListPublished(ctx context.Context, after Cursor, limit int) ([]Teaser, error) {
	const sql = `
		select id, slug, title, excerpt, author_id, author_name, published_at, changed_at
		from blog_articles
		where state = 'published' and (published_at, id) < ($1, $2)
		order by published_at desc, id desc
		limit $3`
	after = after.orTop()
	teasers := make([]Teaser, 0, limit)
	var t Teaser
	scanned := []any{&t.ID, &t.Slug, &t.Title, &t.Excerpt, &t.AuthorID, &t.AuthorName, &t.PublishedAt, &t.ChangedAt}
	err := p.db.Read(ctx, sql, after.At, after.ID, limit).ForEach(scanned, func() error {
		t.PublishedAt, t.ChangedAt = t.PublishedAt.UTC(), t.ChangedAt.UTC()
		teasers = append(teasers, t)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list published articles: %w", err)
	}
	return teasers, nil
}

func (p *postgresArticles) ListForDesk(ctx context.Context, state State, after Cursor, limit int) ([]DeskEntry, error) {
	const sql = `
		select id, slug, title, author_name, state, version, last_action, changed_by_id, changed_by_name, changed_at
		from blog_articles
		where ($1 = '' or state = $1) and (changed_at, id) < ($2, $3)
		order by changed_at desc, id desc
		limit $4`
	after = after.orTop()
	rows, err := p.db.Query(ctx, sql, state, after.At, after.ID, limit)
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

// ClaimSlug waits for a transaction that has claimed the same slug and is not
// over, and sees what became of it.
func (p *postgresArticles) ClaimSlug(ctx context.Context, articleID, wanted string) (string, error) {
	const sql = `
		insert into blog_article_slugs (slug, article_id) values ($1, $2)
		on conflict (slug) do update set article_id = excluded.article_id
		where blog_article_slugs.article_id = excluded.article_id`
	for n := 1; ; n++ {
		slug := numbered(wanted, n)
		tag, err := p.db.Exec(ctx, sql, slug, articleID)
		if err != nil {
			return "", fmt.Errorf("claim slug %q: %w", slug, err)
		}
		if tag.RowsAffected() == 1 {
			return slug, nil
		}
	}
}

func (p *postgresArticles) ReleaseSlug(ctx context.Context, slug string) error {
	if _, err := p.db.Exec(ctx, `delete from blog_article_slugs where slug = $1`, slug); err != nil {
		return fmt.Errorf("release slug %q: %w", slug, err)
	}
	return nil
}

const selectArticle = `
	select a.id, a.slug, a.title, a.summary, a.body, a.excerpt, a.html, a.reading_minutes, a.edition,
		a.author_id, a.author_name, a.state, a.version, a.published_at, a.created_at,
		a.last_action, a.changed_by_id, a.changed_by_name, a.changed_at
	from blog_articles a`

func scanArticle(row pgx.Row) (Article, error) {
	var a Article
	var publishedAt *time.Time
	err := row.Scan(&a.ID, &a.Slug, &a.Title, &a.Summary, &a.Body, &a.Excerpt, &a.HTML, &a.ReadingMinutes, &a.Edition,
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

// orTop lets one statement begin anywhere, the top included.
func (c Cursor) orTop() Cursor {
	if c.ID == "" {
		return Cursor{At: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), ID: "ffffffff-ffff-ffff-ffff-ffffffffffff"}
	}
	return c
}

func orNull(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}
