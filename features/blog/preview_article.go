package blog

import (
	"context"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// PreviewArticle returns a text as readers would see it, and stores nothing.
//
// It fails with fault.Invalid if the text is invalid (see Text.Normalize), and
// with fault.Unauthenticated or fault.Forbidden for anyone but an editor.
type PreviewArticle func(ctx context.Context, text Text) (Article, error)

// NewPreviewArticle creates the use case.
func NewPreviewArticle(renderer *Renderer, now feature.Clock) PreviewArticle {
	return observe.UseCase("blog.preview_article", func(ctx context.Context, text Text) (Article, error) {
		editor, err := currentEditor(ctx)
		if err != nil {
			return Article{}, err
		}
		rendered, err := renderer.Render(text)
		if err != nil {
			return Article{}, err
		}
		return NewDraft("", rendered, editor, now.Now()), nil
	})
}
