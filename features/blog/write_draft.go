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

// WriteDraft creates an article by the current editor and broadcasts it to the
// desk. A repeated request, such as a form that is sent twice, creates one
// article.
//
// It fails with fault.Invalid if the text is invalid (see Text.Normalize),
// fault.Conflict if there is an article with this id and another text, and with
// fault.Unauthenticated or fault.Forbidden for anyone but an editor.
type WriteDraft func(ctx context.Context, in WriteDraftInput) (Article, error)

// WriteDraftInput is the text, and the id of the new article.
type WriteDraftInput struct {
	ID   string // from NewArticleID; if empty, WriteDraft makes one
	Text Text
}

// NewArticleID returns an id for an article that is about to be written.
func NewArticleID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make an article id: %w", err)
	}
	return id.String(), nil
}

// NewWriteDraft creates the use case.
func NewWriteDraft(db *database.DB, articles *Articles, renderer *Renderer, rt realtime.Broadcaster, now feature.Clock) WriteDraft {
	return observe.UseCase("blog.write_draft", func(ctx context.Context, in WriteDraftInput) (article Article, err error) {
		editor, err := currentEditor(ctx)
		if err != nil {
			return Article{}, err
		}
		text, err := renderer.Render(in.Text)
		if err != nil {
			return Article{}, err
		}
		id, err := draftID(in.ID)
		if err != nil {
			return Article{}, err
		}
		article = NewDraft(id, text, editor, now.Now())
		err = db.InTx(ctx, func(ctx context.Context) error {
			if err := articles.AssignSlug(ctx, &article, ""); err != nil {
				return err
			}
			if err := articles.Add(ctx, &article); err != nil {
				return err
			}
			return broadcastActivity(ctx, rt, article)
		})
		if err != nil {
			article, err = feature.AcceptDuplicate(ctx, err, id, articles.Find, func(stored Article) bool {
				return stored.hasChange(ActionDrafted, editor, 0, &text)
			})
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
		return "", fault.Invalid.New("This form isn't valid. Open a new one.")
	}
	return parsed.String(), nil
}
