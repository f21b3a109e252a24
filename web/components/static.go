package components

import (
	"context"
	"io"
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
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		text, err := html()
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, text)
		return err
	})
}
