package components_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"example.com/pergola/core/fault"
	"example.com/pergola/web/components"
)

func render(t *testing.T, component templ.Component) *goquery.Document {
	t.Helper()
	var html bytes.Buffer
	if err := component.Render(t.Context(), &html); err != nil {
		t.Fatalf("render: %v", err)
	}
	doc, err := goquery.NewDocumentFromReader(&html)
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return doc
}

// with renders a component with children.
func with(t *testing.T, component templ.Component, children string) *goquery.Document {
	t.Helper()
	return render(t, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return component.Render(templ.WithChildren(ctx, templ.Raw(children)), w)
	}))
}

func want(t *testing.T, doc *goquery.Document, selector string, count int) *goquery.Selection {
	t.Helper()
	found := doc.Find(selector)
	if found.Length() != count {
		html, _ := doc.Find("body").Html()
		t.Fatalf("%s: found %d, want %d in\n%s", selector, found.Length(), count, html)
	}
	return found
}

func TestField_showsError(t *testing.T) {
	t.Parallel()

	doc := render(t, components.Field(components.FieldOptions{
		Name: "title", Label: "Title", Value: `a "title"`, Hint: "Short.", Error: "Too long.", Required: true, MaxLength: 5,
	}))

	input := want(t, doc, `input#field-title[name=title][required][maxlength="5"]`, 1)
	if got := input.AttrOr("value", ""); got != `a "title"` {
		t.Errorf("value = %q", got)
	}
	if input.AttrOr("aria-invalid", "") != "true" || input.AttrOr("aria-describedby", "") != "field-title-hint field-title-error" {
		t.Errorf("input = %v, want it invalid and described", input.Get(0).Attr)
	}
	if _, focused := input.Attr("autofocus"); !focused {
		t.Error("the field with an error does not have autofocus")
	}
	want(t, doc, "label[for=field-title]", 1)
	if got := strings.TrimSpace(want(t, doc, "#field-title-error", 1).Text()); got != "Too long." {
		t.Errorf("error = %q", got)
	}
	want(t, doc, "#field-title-hint", 1)
}

func TestField_neverRendersPassword(t *testing.T) {
	t.Parallel()

	doc := render(t, components.Field(components.FieldOptions{Name: "password", Type: "password", Value: "secret"}))

	if _, there := want(t, doc, "input", 1).Attr("value"); there {
		t.Error("the page contains the password")
	}
}

func TestTextArea_preservesLines(t *testing.T) {
	t.Parallel()
	text := "\n\nfirst\n</textarea><script>alert(1)</script>"

	doc := render(t, components.TextArea(components.TextAreaOptions{Name: "body", Value: text}))

	if got := want(t, doc, "textarea", 1).Text(); got != text {
		t.Errorf("text = %q, want %q", got, text)
	}
	want(t, doc, "script", 0)
}

func TestSelect_selectsValue(t *testing.T) {
	t.Parallel()

	doc := render(t, components.Select(components.SelectOptions{
		Name: "role", Value: "editor", Choices: []components.Choice{{Value: "reader", Label: "Reader"}, {Value: "editor", Label: "Editor"}},
	}))

	if got := want(t, doc, "option[selected]", 1).Text(); got != "Editor" {
		t.Errorf("chosen = %q, want Editor", got)
	}
}

func TestCheckbox_hasLabel(t *testing.T) {
	t.Parallel()

	doc := render(t, components.Checkbox(components.CheckboxOptions{Name: "notify", Label: "Notify me", Checked: true}))

	want(t, doc, "input#field-notify[type=checkbox][value=on][checked]", 1)
	want(t, doc, "label[for=field-notify]", 1)
}

func TestFormErrors_linksToFields(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("write draft: %w", fault.InvalidFields(
		fault.Field{Name: "title", Message: "Give it a title."}, fault.Field{Name: "body", Message: "Write something."}))

	doc := render(t, components.FormErrors(err))

	if got := want(t, doc, "[role=alert] a", 2).First().AttrOr("href", ""); got != "#field-title" {
		t.Errorf("first link = %q, want #field-title", got)
	}
	if got := components.ErrorFor(err, "body"); got != "Write something." {
		t.Errorf("ErrorFor(body) = %q", got)
	}
	if got := components.ErrorFor(err, "other"); got != "" {
		t.Errorf("ErrorFor(other) = %q, want none", got)
	}
}

func TestFormErrors_showsErrorWithoutFields(t *testing.T) {
	t.Parallel()

	doc := render(t, components.FormErrors(fault.Conflict.New("Someone else changed this first.")))

	if got := strings.TrimSpace(want(t, doc, "[role=alert]", 1).Text()); got != "Someone else changed this first." {
		t.Errorf("text = %q", got)
	}
	want(t, render(t, components.FormErrors(nil)), "[role=alert]", 0)
}

func TestButton_isSecondaryAndSubmits(t *testing.T) {
	t.Parallel()

	doc := with(t, components.Button(components.ButtonOptions{Attrs: templ.Attributes{"data-x": "1"}}), "Save")

	button := want(t, doc, "button[type=submit][data-x='1']", 1)
	if button.HasClass("bg-accent") {
		t.Error("the zero value is the primary button, want secondary")
	}
	want(t, with(t, components.Button(components.ButtonOptions{Kind: components.Primary}), "Save"), "button.bg-accent", 1)
}

func TestLinks_rejectScriptURLs(t *testing.T) {
	t.Parallel()
	bad := "javascript:alert(1)"

	for name, component := range map[string]templ.Component{
		"button link": components.ButtonLink(bad, components.ButtonOptions{}),
		"menu link":   components.MenuLink(bad),
		"back link":   components.PageHeader(components.PageHeaderOptions{Title: "x", BackHref: bad}),
		"form":        components.Form(components.FormOptions{Action: bad}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			html, err := with(t, component, "").Html()
			if err != nil || strings.Contains(html, "javascript:") {
				t.Errorf("html = %s (%v), want no javascript:", html, err)
			}
		})
	}
}

func TestPagination_appendsOlderItems(t *testing.T) {
	t.Parallel()

	doc := render(t, components.Pagination(components.PaginationOptions{OlderHref: "/?after=x", Appends: "feed"}))

	older := want(t, doc, `nav#feed-pages a[rel=next][href="/?after=x"]`, 1)
	for attribute, value := range map[string]string{
		"hx-get": "/?after=x", "hx-target": "#feed", "hx-swap": "beforeend", "hx-select-oob": "#feed-pages",
	} {
		if got := older.AttrOr(attribute, ""); got != value {
			t.Errorf("%s = %q, want %q", attribute, got, value)
		}
	}
}

func TestPagination_isEmptyWithOnePage(t *testing.T) {
	t.Parallel()

	doc := render(t, components.Pagination(components.PaginationOptions{Appends: "feed"}))

	want(t, doc, "nav a", 0)
	want(t, doc, "#feed-pages", 1) // htmx replaces it with the links of an older page
}

func TestDialog_opensByURLFragment(t *testing.T) {
	t.Parallel()

	dialog := with(t, components.Dialog(components.DialogOptions{ID: "delete", Title: "Delete?", Text: "This is permanent."}), "<button>Yes</button>")
	link := with(t, components.DialogLink("delete", components.ButtonOptions{Kind: components.Danger}), "Delete")

	want(t, dialog, "dialog#delete[aria-labelledby=delete-title] button", 1)
	want(t, link, `a[href="#delete"][data-dialog=delete]`, 1)
}

func TestTable_isAccessible(t *testing.T) {
	t.Parallel()

	doc := with(t, components.Table(components.TableOptions{
		Caption: "Articles", Columns: []components.Column{{Label: "Title"}, {Label: "Words", Numeric: true}, {Label: "Actions", Quiet: true}},
	}), "")

	want(t, doc, "[role=group][data-scroller][aria-label=Articles] table[role=table].table-stack caption", 1)
	want(t, doc, "th[scope=col]", 3)
	want(t, doc, "th .sr-only", 1)
}

func TestTime_isMachineReadable(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 14, 23, 9, 0, 0, time.FixedZone("", -3*60*60))

	doc := render(t, components.Time(at, components.DateTime))

	element := want(t, doc, "time", 1)
	if got := element.AttrOr("datetime", ""); got != "2026-03-15T02:09:00Z" {
		t.Errorf("datetime = %q", got)
	}
	if got := element.Text(); got != "15 March 2026, 02:09 UTC" {
		t.Errorf("text = %q", got)
	}
	want(t, render(t, components.Time(time.Time{}, components.DateOnly)), "time", 0)
}

func TestFlash_rendersNothingWithoutMessage(t *testing.T) {
	t.Parallel()

	want(t, render(t, components.Flash(components.FlashOptions{})), "body *", 0)
	want(t, render(t, components.Flash(components.FlashOptions{Message: "Saved."})), "[role=status]", 1)
}
