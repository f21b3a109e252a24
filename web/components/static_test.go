package components_test

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"example.com/pergola/web/components"
)

// counter renders the number of times it was rendered.
func counter() templ.Component {
	n := 0
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		n++
		_, err := io.WriteString(w, strconv.Itoa(n))
		return err
	})
}

func shown(t *testing.T, component templ.Component) string {
	t.Helper()
	var html strings.Builder
	if err := component.Render(t.Context(), &html); err != nil {
		t.Fatal(err)
	}
	return html.String()
}

func TestStatic_rendersOnce(t *testing.T) {
	t.Parallel()
	component := components.Static(counter())
	if got := shown(t, component) + shown(t, component); got != "11" {
		t.Errorf("rendered twice: %q, want the first rendering both times", got)
	}
}

func TestStatic_rendersEachTimeInDevelopment(t *testing.T) {
	t.Setenv("TEMPL_DEV_MODE", "true")
	component := components.Static(counter())
	if got := shown(t, component) + shown(t, component); got != "12" {
		t.Errorf("rendered twice: %q, want two renderings", got)
	}
}

func TestStatic_returnsErrorOfComponent(t *testing.T) {
	t.Parallel()
	failure := errors.New("no")
	component := components.Static(templ.ComponentFunc(func(context.Context, io.Writer) error { return failure }))
	if err := component.Render(t.Context(), io.Discard); !errors.Is(err, failure) {
		t.Errorf("Render: %v, want %v", err, failure)
	}
}
