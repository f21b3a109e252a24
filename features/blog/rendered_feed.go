package blog

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/a-h/templ"

	"example.com/pergola/web/components"
)

// renderedFeed is something that shows the first page of the reading list, as
// it was last rendered. It is the page most often asked for and the same for
// everybody, so it is rendered when the articles on it are others, not whenever
// somebody looks: a third of the work of the front page. Storage is asked each
// time, so nobody sees an old list.
type renderedFeed struct {
	last atomic.Pointer[rendering]
}

type rendering struct {
	page ArticlePage
	html string
}

// of renders the component, which shows this page and looks at nothing else.
func (f *renderedFeed) of(page ArticlePage, component templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if components.TextsChange() {
			return component.Render(ctx, w)
		}
		last := f.last.Load()
		if last == nil || last.page.Next != page.Next || !slices.Equal(last.page.Articles, page.Articles) {
			var html strings.Builder
			if err := component.Render(ctx, &html); err != nil {
				return err
			}
			last = &rendering{page: page, html: html.String()}
			f.last.Store(last)
		}
		_, err := io.WriteString(w, last.html)
		return err
	})
}
