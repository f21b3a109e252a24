package feature_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

type articleRef struct{ ID string }

var footerSlot = feature.DefineSlot[articleRef]("blog.article.footer")

func section(text string) func(context.Context, articleRef) (templ.Component, error) {
	return func(_ context.Context, ref articleRef) (templ.Component, error) {
		return templ.Raw("<p>" + text + " " + ref.ID + "</p>"), nil
	}
}

// newSlots registers features that fill slots, on pages of the feature blog.
func newSlots(t *testing.T, manifests ...feature.Manifest) (*feature.Slots, *[]observe.Failure) {
	t.Helper()
	failures := &[]observe.Failure{}
	slots := feature.NewSlots(observe.NewReporter(func(_ context.Context, failure observe.Failure) { *failures = append(*failures, failure) }))
	if err := slots.Register(append(manifests, feature.Manifest{Name: "blog"})); err != nil {
		t.Fatal(err)
	}
	return slots, failures
}

func manifest(name string, parts ...feature.Part) feature.Manifest {
	return feature.Manifest{Name: name, Parts: parts}
}

func render(t *testing.T, slots *feature.Slots) string {
	t.Helper()
	var html strings.Builder
	if err := footerSlot.Render(slots, articleRef{ID: "7"}).Render(t.Context(), &html); err != nil {
		t.Fatalf("render: %v", err)
	}
	return html.String()
}

func TestSlot_rendersSectionsInTheOrderOfTheManifests(t *testing.T) {
	t.Parallel()
	slots, _ := newSlots(t,
		manifest("notes", feature.Fill(footerSlot, section("Notes on"))),
		manifest("comments", feature.Fill(footerSlot, section("Comments on"))))

	if got, want := render(t, slots), "<p>Notes on 7</p><p>Comments on 7</p>"; got != want {
		t.Errorf("rendered %q, want %q", got, want)
	}
}

func TestSlot_rendersNothingWithoutFills(t *testing.T) {
	t.Parallel()
	empty, _ := newSlots(t)
	nothing, _ := newSlots(t, manifest("comments", feature.Fill(footerSlot, func(context.Context, articleRef) (templ.Component, error) { return nil, nil })))
	for name, slots := range map[string]*feature.Slots{"no fill": empty, "a nil component": nothing, "nil slots": nil} {
		if got := render(t, slots); got != "" {
			t.Errorf("with %s it rendered %q, want nothing", name, got)
		}
	}
}

func TestSlot_leavesOutASectionThatFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("no such column")
	for name, failing := range map[string]func(context.Context, articleRef) (templ.Component, error){
		"with an error": func(context.Context, articleRef) (templ.Component, error) { return nil, broken },
		"with a panic":  func(context.Context, articleRef) (templ.Component, error) { panic(broken) },
		"while it renders": func(context.Context, articleRef) (templ.Component, error) {
			return templ.Join(templ.Raw("half"), templ.Raw("", broken)), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			slots, failures := newSlots(t,
				manifest("notes", feature.Fill(footerSlot, failing)),
				manifest("comments", feature.Fill(footerSlot, section("Comments on"))))

			if got, want := render(t, slots), "<p>Comments on 7</p>"; got != want {
				t.Errorf("rendered %q, want %q", got, want)
			}
			if len(*failures) != 1 || !errors.Is((*failures)[0].Err, broken) || (*failures)[0].Location.Feature != "notes" {
				t.Errorf("reported %+v, want one failure of notes", *failures)
			}
		})
	}
}

func TestSlot_doesNotReportASectionWithNothingToShow(t *testing.T) {
	t.Parallel()
	slots, failures := newSlots(t, manifest("notes", feature.Fill(footerSlot, func(context.Context, articleRef) (templ.Component, error) {
		return nil, fault.Forbidden
	})))

	if got := render(t, slots); got != "" || len(*failures) != 0 {
		t.Errorf("rendered %q and reported %+v, want neither", got, *failures)
	}
}

func TestSlot_stopsWhenTheVisitorHasLeft(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	leave()
	slots, failures := newSlots(t, manifest("notes", feature.Fill(footerSlot, func(ctx context.Context, _ articleRef) (templ.Component, error) {
		return nil, ctx.Err()
	})))

	err := footerSlot.Render(slots, articleRef{}).Render(ctx, &strings.Builder{})

	if !errors.Is(err, context.Canceled) || len(*failures) != 0 {
		t.Errorf("got %v and reports %+v, want context.Canceled and none", err, *failures)
	}
}

func TestSlots_registerNamesTheMistakeAndTheFileToFix(t *testing.T) {
	t.Parallel()
	var undefined feature.Slot[articleRef]
	another := feature.DefineSlot[articleRef]("blog.article.footer")
	foreign := feature.DefineSlot[articleRef]("shop.footer")
	layout := feature.DefineSlot[struct{}]("layout.header")
	fill := feature.Fill(footerSlot, section("Notes on"))
	for name, test := range map[string]struct {
		manifests []feature.Manifest
		want      string // "" for no error
	}{
		"an undefined slot":     {[]feature.Manifest{manifest("notes", feature.Fill(undefined, section("")))}, `feature "notes": it fills a slot that was not created with DefineSlot: fix features/notes/notes.go`},
		"a nil section":         {[]feature.Manifest{manifest("notes", feature.Fill(footerSlot, nil))}, `feature "notes": it fills slot "blog.article.footer" with nil: fix features/notes/notes.go`},
		"a slot filled twice":   {[]feature.Manifest{manifest("notes", fill, fill)}, `feature "notes": it fills slot "blog.article.footer" twice: fix features/notes/notes.go`},
		"two slots of one name": {[]feature.Manifest{manifest("notes", fill), manifest("comments", feature.Fill(another, section("")))}, `feature "comments": two slots are named "blog.article.footer": fix features/blog/slots.go`},
		"an owner that is gone": {[]feature.Manifest{manifest("notes", feature.Fill(foreign, section("")))}, `feature "notes": it fills slot "shop.footer", but there is no feature "shop": fix cmd/web/features.go`},
		"a malformed name":      {[]feature.Manifest{manifest("notes", feature.Fill(feature.DefineSlot[articleRef]("Blog"), section("")))}, `feature "notes": slot "Blog" must be named like "blog.article.footer", in lower case: fix its DefineSlot in slots.go`},
		"a slot of the layout":  {[]feature.Manifest{manifest("notes", feature.Fill(layout, func(context.Context, struct{}) (templ.Component, error) { return nil, nil }))}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			err := feature.NewSlots(nil).Register(append(test.manifests, feature.Manifest{Name: "blog"}))

			if got := errorText(err); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
