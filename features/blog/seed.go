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
	"example.com/pergola/features/accounts"
)

// sampleAuthor signs the sample articles.
const sampleAuthor = "ada@example.com"

// The samples are Markdown: the first line is the title. They are published in
// the order of their names, the first last; those that begin with "draft" stay
// drafts.
//
//go:embed samples/*.md
var samples embed.FS

// SeedArticles makes the sample articles of development, unless there are
// articles already or their author is missing. Nobody is told of them.
type SeedArticles func(ctx context.Context) error

// NewSeedArticles makes the seed.
func NewSeedArticles(articles Articles, tx database.Transactor, composer *Composer, now feature.Clock, findByEmail accounts.FindByEmail) SeedArticles {
	return func(ctx context.Context) error {
		author, err := findByEmail(ctx, sampleAuthor)
		if fault.KindOf(err) == fault.NotFound {
			return nil
		}
		if err != nil {
			return fmt.Errorf("find the author of the sample articles: %w", err)
		}
		found, err := sampleArticles(composer, author.Identity(), storedTime(now))
		if err != nil {
			return err
		}
		err = tx.InTx(ctx, func(ctx context.Context) error { return addToNone(ctx, articles, found) })
		if fault.KindOf(err) == fault.Conflict {
			return nil // another process that starts now has just made them
		}
		return err
	}
}

// addToNone adds the samples if there are no articles at all.
func addToNone(ctx context.Context, articles Articles, found []Article) error {
	existing, err := articles.ListForDesk(ctx, "", Cursor{}, 1)
	if err != nil || len(existing) > 0 {
		return err
	}
	for _, article := range found {
		if err := settleSlug(ctx, articles, &article, ""); err != nil {
			return err
		}
		if err := articles.Add(ctx, &article); err != nil {
			return err
		}
	}
	return nil
}

func sampleArticles(composer *Composer, author auth.User, now time.Time) ([]Article, error) {
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
		article, err := sampleArticle(composer, name, string(source), author, at)
		if err != nil {
			return nil, fmt.Errorf("sample article %s: %w", name, err)
		}
		found = append(found, article)
	}
	return found, nil
}

// sampleArticle has the same id at every start, so that of two processes that
// start at once only one adds it.
func sampleArticle(composer *Composer, name, source string, author auth.User, at time.Time) (Article, error) {
	title, body, _ := strings.Cut(source, "\n")
	text, err := composer.Compose(Text{Title: strings.TrimPrefix(title, "# "), Body: body})
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
