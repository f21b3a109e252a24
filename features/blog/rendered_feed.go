package blog

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/a-h/templ"
)

// renderedFeed is the first page of the reading list as it was last rendered.
// It is the page most often asked for and the same for everybody, so it is
// rendered when the articles on it are others, not whenever somebody looks: a
// third of the work of the front page. Storage is asked each time, so nobody
// sees an old list.
type renderedFeed struct {
	last atomic.Pointer[rendering]
}

type rendering struct {
	articles []Teaser
	html     string
}

// items renders what feedItems does of the same articles.
func (f *renderedFeed) items(articles []Teaser) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		last := f.last.Load()
		if last == nil || !slices.Equal(last.articles, articles) {
			var html strings.Builder
			if err := feedItems(articles).Render(ctx, &html); err != nil {
				return err
			}
			last = &rendering{articles: articles, html: html.String()}
			f.last.Store(last)
		}
		_, err := io.WriteString(w, last.html)
		return err
	})
}
