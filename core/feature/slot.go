package feature

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"example.com/pergola/core/observe"
)

// Slot is a place on a page where other features can show a section. The
// page's owner defines and renders it, any feature fills it, and the owner
// imports none of them. Create it with DefineSlot.
//
//	var ArticleFooterSlot = feature.DefineSlot[ArticleRef]("blog.article.footer") // features/blog/slots.go
//	@ArticleFooterSlot.Render(slots, ArticleRef{ID: article.ID})                  // on the blog's page
//	feature.Fill(blog.ArticleFooterSlot, f.commentsSection)                       // in the manifest of comments
//
// T is what a section needs to know about the page.
type Slot[T any] struct{ def *slot }

// DefineSlot defines a slot. The name begins with the name of the feature that
// owns the page, "blog.article.footer", or with "layout" for the layout around
// all pages.
func DefineSlot[T any](name string) Slot[T] { return Slot[T]{&slot{name: name}} }

// Name returns the name of the slot.
func (s Slot[T]) Name() string {
	if s.def == nil {
		return ""
	}
	return s.def.name
}

// Render renders the sections of all features that fill the slot, in the order
// of the manifests. A slot without fills renders nothing, and so does every slot
// while slots is nil.
//
// A section that fails or panics is left out and reported; the rest of the page
// is unaffected. A section that fails with a fault such as fault.Forbidden has
// nothing to show to this visitor and is not reported.
func (s Slot[T]) Render(slots *Slots, v T) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if slots == nil || s.def == nil {
			return nil
		}
		for _, fill := range slots.fills[s.def.name] {
			if err := slots.render(ctx, w, fill, v); err != nil {
				return err
			}
		}
		return nil
	})
}

// Fill is a part of a manifest that shows a section in a slot. The section is
// built whenever the page is rendered; a nil component shows nothing.
func Fill[T any](slot Slot[T], section func(ctx context.Context, v T) (templ.Component, error)) SlotFill {
	fill := SlotFill{slot: slot.def}
	if section != nil {
		fill.section = func(ctx context.Context, v any) (templ.Component, error) { return section(ctx, v.(T)) }
	}
	return fill
}

// SlotFill is what one feature shows in one slot. Create it with Fill.
type SlotFill struct {
	slot    *slot
	section func(ctx context.Context, v any) (templ.Component, error)
	feature string
}

// FeaturePart names the part.
func (SlotFill) FeaturePart() string { return "slot fill" }

// Slot returns the name of the slot that is filled.
func (f SlotFill) Slot() string {
	if f.slot == nil {
		return ""
	}
	return f.slot.name
}

// slot is a Slot without its type.
type slot struct{ name string }

// Slots records which features fill which slots. The application creates one,
// injects it into the features, and registers their manifests before it serves
// the first page.
type Slots struct {
	reporter observe.Reporter
	fills    map[string][]SlotFill // by the slot's name
}

// NewSlots returns Slots without fills. Sections that fail are reported
// to the reporter.
func NewSlots(reporter observe.Reporter) *Slots { return &Slots{reporter: reporter} }

// Register reads the slot fills of all manifests. It fails, with one line that
// names the file to fix, if a fill has no section or no slot, if a feature
// fills a slot twice, if the slot's owner is not among the features, and if two
// slots have the same name.
func (s *Slots) Register(manifests []Manifest) error {
	s.fills = map[string][]SlotFill{}
	for _, part := range PartsOf[SlotFill](manifests) {
		fill := part.Part
		fill.feature = part.Feature
		if err := s.check(fill, manifests); err != nil {
			return fmt.Errorf("feature %q: %w", part.Feature, err)
		}
		s.fills[fill.slot.name] = append(s.fills[fill.slot.name], fill)
	}
	return nil
}

var slotName = regexp.MustCompile(`^[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*)+$`)

const layoutOwner = "layout"

func (s *Slots) check(fill SlotFill, manifests []Manifest) error {
	manifestFile := fmt.Sprintf("features/%s/%[1]s.go", fill.feature)
	if fill.slot == nil {
		return fmt.Errorf("it fills a slot that was not created with DefineSlot: fix %s", manifestFile)
	}
	name := fill.slot.name
	owner, _, _ := strings.Cut(name, ".")
	isOwner := func(manifest Manifest) bool { return manifest.Name == owner }
	switch earlier := s.fills[name]; {
	case fill.section == nil:
		return fmt.Errorf("it fills slot %q with nil: fix %s", name, manifestFile)
	case !slotName.MatchString(name):
		return fmt.Errorf(`slot %q must be named like "blog.article.footer", in lower case: fix its DefineSlot in slots.go`, name)
	case owner != layoutOwner && !slices.ContainsFunc(manifests, isOwner):
		return fmt.Errorf("it fills slot %q, but there is no feature %q: fix cmd/web/features.go", name, owner)
	case len(earlier) > 0 && earlier[0].slot != fill.slot:
		return fmt.Errorf("two slots are named %q: fix features/%s/slots.go", name, owner)
	case slices.ContainsFunc(earlier, func(other SlotFill) bool { return other.feature == fill.feature }):
		return fmt.Errorf("it fills slot %q twice: fix %s", name, manifestFile)
	}
	return nil
}

// render writes one section. It returns an error only if the request was
// canceled.
func (s *Slots) render(ctx context.Context, w io.Writer, fill SlotFill, v any) error {
	var section bytes.Buffer
	err := observe.Run(ctx, observe.LayerSlot, fill.feature+"."+fill.slot.name, func(ctx context.Context) error {
		component, err := fill.section(ctx, v)
		if err != nil || component == nil {
			return err
		}
		return component.Render(ctx, &section)
	})
	switch {
	case err == nil:
		_, err = section.WriteTo(w)
		return err
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return err
	}
	s.reporter.Report(ctx, fmt.Errorf("render slot %s: %w", fill.slot.name, err))
	return nil
}
