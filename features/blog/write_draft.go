package blog

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// WriteDraft begins an article by the editor who asks, and tells the desk. The
// same draft written twice, as by a form that is sent twice, is one article.
//
// It fails with fault.Invalid if the text breaks a rule (see Text.Checked),
// fault.Conflict if there is an article of this id that says something else,
// and with fault.Unauthenticated or fault.Forbidden if no editor asks.
type WriteDraft func(ctx context.Context, in WriteDraftInput) (Article, error)

// WriteDraftInput is the text, and the id that the article is to have.
type WriteDraftInput struct {
	ID   string // of NewArticleID; made by WriteDraft if it is empty
	Text Text
}

// NewArticleID makes an id for an article that is about to be written.
func NewArticleID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	return id.String(), nil
}

// NewWriteDraft makes the use case.
func NewWriteDraft(articles Articles, tx database.Transactor, rt realtime.Broadcaster, composer *Composer, now feature.Clock) WriteDraft {
	return observe.UseCase("blog.write_draft", func(ctx context.Context, in WriteDraftInput) (article Article, err error) {
		editor, err := currentEditor(ctx)
		if err != nil {
			return Article{}, err
		}
		composed, err := composer.Compose(in.Text)
		if err != nil {
			return Article{}, err
		}
		id, err := draftID(in.ID)
		if err != nil {
			return Article{}, err
		}
		article = NewDraft(id, composed, editor, storedTime(now))
		err = tx.InTx(ctx, func(ctx context.Context) error {
			if err := settleSlug(ctx, articles, &article, ""); err != nil {
				return err
			}
			if err := articles.Add(ctx, &article); err != nil {
				return err
			}
			return tellDesk(ctx, rt, article)
		})
		if err != nil {
			article, err = unlessHad(ctx, articles, id, err, func(a Article) bool { return a.hasHad(ActionDrafted, editor, 0, &composed) })
		}
		if err != nil {
			return Article{}, fmt.Errorf("write draft: %w", err)
		}
		return article, nil
	})
}

func draftID(id string) (string, error) {
	if id == "" {
		return NewArticleID()
	}
	parsed, err := uuid.Parse(id)
	if err != nil {
		return "", fault.Invalid.New("This form is damaged. Please open a new one.")
	}
	return parsed.String(), nil
}
