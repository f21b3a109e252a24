package components

import (
	"context"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/a-h/templ"
)

// Static is a component that looks the same for everybody and on every page. It
// is rendered when it is first shown, and only written from then on. The
// component must look at nothing but its own parameters: not at the context, not
// at children, not at the time.
func Static(component templ.Component) templ.Component {
	html := sync.OnceValues(func() (string, error) {
		var html strings.Builder
		err := component.Render(context.Background(), &html)
		return html.String(), err
	})
	changing := TextsChange()
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if changing {
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

// TextsChange reports whether the texts in .templ files may change while the
// program runs, as they do under ./task dev. Nothing that was rendered may be
// kept then. The variable is templ's own.
func TextsChange() bool { return os.Getenv("TEMPL_DEV_MODE") == "true" }
