package components

import (
	"context"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/a-h/templ"
)

// Static caches the HTML of a component that is the same for every user and on
// every page. The component is rendered once, on first use. It must depend only
// on its own parameters, not on the context, its children or the time.
func Static(component templ.Component) templ.Component {
	html := sync.OnceValues(func() (string, error) {
		var html strings.Builder
		err := component.Render(context.Background(), &html)
		return html.String(), err
	})
	reloading := TextsChange()
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if reloading {
			return component.Render(ctx, w)
		}
		text, err := html()
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, text)
		return err
	})
}

// TextsChange reports whether the text in .templ files may change while the
// program runs, as it does under ./task dev. Rendered HTML must not be cached
// then. Templ sets the variable that it reads.
func TextsChange() bool { return os.Getenv("TEMPL_DEV_MODE") == "true" }
