package blog

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// WriteDraft begins an article by the editor who asks, and tells the desk.
//
// It fails with fault.Invalid if the text breaks a rule (see Text.Checked),
// and with fault.Unauthenticated or fault.Forbidden if no editor asks.
type WriteDraft func(ctx context.Context, text Text) (Article, error)

// NewWriteDraft makes the use case.
func NewWriteDraft(articles Articles, tx database.Transactor, rt realtime.Broadcaster, composer *Composer, now feature.Clock) WriteDraft {
	return observe.UseCase("blog.write_draft", func(ctx context.Context, text Text) (article Article, err error) {
		editor, err := currentEditor(ctx)
		if err != nil {
			return Article{}, err
		}
		composed, err := composer.Compose(text)
		if err != nil {
			return Article{}, err
		}
		id, err := uuid.NewV7()
		if err != nil {
			return Article{}, fmt.Errorf("make an id: %w", err)
		}
		article = NewDraft(id.String(), composed, editor, storedTime(now))
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
			return Article{}, fmt.Errorf("write draft: %w", err)
		}
		return article, nil
	})
}
