package blog

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/pagination"
	"example.com/pergola/features/accounts"
)

// sampleAuthor is the email address of the sample articles' author.
const sampleAuthor = "ada@example.com"

// The samples are Markdown files whose first line is the title. They are
// published in the order of their names, the first one most recently. Those
// that begin with "draft" stay drafts.
//
//go:embed samples/*.md
var samples embed.FS

// SeedArticles adds the sample articles, for development. It does nothing if
// there is an article already or the author is missing. It broadcasts and
// publishes nothing.
type SeedArticles func(ctx context.Context) error

// NewSeedArticles creates the seed.
func NewSeedArticles(db *database.DB, articles *Articles, renderer *Renderer, now feature.Clock, findByEmail accounts.FindByEmail) SeedArticles {
	return func(ctx context.Context) error {
		author, err := findByEmail(ctx, sampleAuthor)
		if fault.KindOf(err) == fault.NotFound {
			return nil
		}
		if err != nil {
			return fmt.Errorf("find the author of the sample articles: %w", err)
		}
		found, err := sampleArticles(renderer, author.Identity(), now.Now())
		if err != nil {
			return err
		}
		err = db.InTx(ctx, func(ctx context.Context) error { return addIfEmpty(ctx, articles, found) })
		if fault.KindOf(err) == fault.Conflict {
			return nil // another process has just added them
		}
		return err
	}
}

// addIfEmpty adds the samples if there are no articles.
func addIfEmpty(ctx context.Context, articles *Articles, found []Article) error {
	existing, err := articles.ListForDesk(ctx, "", pagination.Cursor{}, 1)
	if err != nil || len(existing) > 0 {
		return err
	}
	for _, article := range found {
		if err := articles.AssignSlug(ctx, &article, ""); err != nil {
			return err
		}
		if err := articles.Add(ctx, &article); err != nil {
			return err
		}
	}
	return nil
}

func sampleArticles(renderer *Renderer, author auth.User, now time.Time) ([]Article, error) {
	names, err := fs.Glob(samples, "samples/*.md")
	if err != nil {
		return nil, fmt.Errorf("list the sample articles: %w", err)
	}
	found := make([]Article, 0, len(names))
	for age, name := range names {
		source, err := samples.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read sample article: %w", err)
		}
		at := now.Add(-time.Duration(age)*67*time.Hour - 20*time.Minute)
		article, err := sampleArticle(renderer, name, string(source), author, at)
		if err != nil {
			return nil, fmt.Errorf("sample article %s: %w", name, err)
		}
		found = append(found, article)
	}
	return found, nil
}

// sampleArticle gives a sample the same id every time, so that only one of two
// processes that start at the same moment adds it.
func sampleArticle(renderer *Renderer, name, source string, author auth.User, at time.Time) (Article, error) {
	title, body, _ := strings.Cut(source, "\n")
	text, err := renderer.Render(Text{Title: strings.TrimPrefix(title, "# "), Body: body})
	if err != nil {
		return Article{}, err
	}
	article := NewDraft(uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String(), text, author, at)
	if strings.HasPrefix(name, "samples/draft-") {
		return article, nil
	}
	if err := article.Publish(author, at); err != nil {
		return Article{}, err
	}
	return article, nil
}
