package blog

import (
	"context"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// PreviewArticle shows what readers would see of a text, and stores nothing.
//
// It fails with fault.Invalid if the text breaks a rule (see Text.Checked),
// and with fault.Unauthenticated or fault.Forbidden if no editor asks.
type PreviewArticle func(ctx context.Context, text Text) (Article, error)

// NewPreviewArticle makes the use case.
func NewPreviewArticle(composer *Composer, now feature.Clock) PreviewArticle {
	return observe.UseCase("blog.preview_article", func(ctx context.Context, text Text) (Article, error) {
		editor, err := currentEditor(ctx)
		if err != nil {
			return Article{}, err
		}
		composed, err := composer.Compose(text)
		if err != nil {
			return Article{}, err
		}
		return NewDraft("", composed, editor, storedTime(now)), nil
	})
}
