// Package gallery shows every component of web/components in its variants, with
// the code of each example: /dev/components in development.
//
// An example is a templ function in examples.templ, listed in sections below.
// The page extracts the code from that file, so it always matches the rendered
// example.
package gallery

import (
	"context"
	_ "embed"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// Page returns the body of the gallery page.
func Page() templ.Component { return page(sections()) }

// section is a component with its examples.
type section struct {
	Name     string // as in web/components
	Text     string
	Examples []example
}

func (s section) id() string { return "component-" + strings.ToLower(s.Name) }

// example is a variant of a component. Its code is the body of the templ
// function with that name.
type example struct {
	Title string
	Templ string
	View  templ.Component
}

func sections() []section {
	return []section{
		{"Button", "Submits a form. ButtonLink looks the same and links to a page.", []example{
			{"Kinds", "buttonKinds", buttonKinds()},
			{"Sizes", "buttonSizes", buttonSizes()},
			{"With an icon", "buttonIcons", buttonIcons()},
			{"Disabled", "buttonDisabled", buttonDisabled()},
			{"Links", "buttonLinks", buttonLinks()},
		}},
		{"Field", "A text input, text area, select or checkbox, with a label, an error and a hint.", []example{
			{"Text", "fieldText", fieldText()},
			{"Optional, with a hint", "fieldWithHint", fieldWithHint()},
			{"With an error", "fieldWithError", fieldWithError()},
			{"Text area", "fieldTextArea", fieldTextArea()},
			{"Select", "fieldSelect", fieldSelect()},
			{"Checkbox", "fieldCheckbox", fieldCheckbox()},
			{"Read-only", "fieldReadOnly", fieldReadOnly()},
		}},
		{"Form", "Stacked fields. FormErrors lists the errors above the form, ErrorFor shows each at its field, and the first one is focused.", []example{
			{"A form", "formPlain", formPlain()},
			{"With errors", "formInvalid", formInvalid()},
			{"A single button", "formAction", formAction()},
		}},
		{"Card", "A surface that groups related content.", []example{
			{"With a title", "cardWithTitle", cardWithTitle()},
			{"Plain", "cardPlain", cardPlain()},
		}},
		{"List", "Items with dividers.", []example{
			{"A list", "listItems", listItems()},
		}},
		{"Table", "On narrow screens each row becomes a card, or the table scrolls.", []example{
			{"A table", "tableOfArticles", tableOfArticles()},
			{"Figures, scrolling", "tableOfFigures", tableOfFigures()},
		}},
		{"Pagination", "Links to newer and older items, or loads older items in place.", []example{
			{"Links", "paginationLinks", paginationLinks()},
			{"In place", "paginationInPlace", paginationInPlace()},
		}},
		{"Dialog", "Asks for confirmation. Without scripts it opens by its URL fragment.", []example{
			{"Confirmation", "dialogConfirm", dialogConfirm()},
		}},
		{"Menu", "A button that opens a list of links and buttons.", []example{
			{"A menu", "menuOfActions", menuOfActions()},
			{"With an avatar", "menuWithIcon", menuWithIcon()},
		}},
		{"Flash", "A message on the page after an action.", []example{
			{"Tones", "flashTones", flashTones()},
		}},
		{"Toast", "A message that floats above the open page, in the element with the id “messages”.", []example{
			{"Tones", "toastTones", toastTones()},
		}},
		{"Badge", "Highlights a word or number, such as a status, a role or a count.", []example{
			{"Tones", "badgeTones", badgeTones()},
			{"Status of background work", "badgeStatus", badgeStatus()},
		}},
		{"Tabs", "Links to views of the same page. ActiveFilter shows the filter of a list.", []example{
			{"With a count", "tabsByStatus", tabsByStatus()},
			{"An active filter", "tabsActiveFilter", tabsActiveFilter()},
		}},
		{"Details", "The properties of a record.", []example{
			{"A job", "detailsOfJob", detailsOfJob()},
		}},
		{"Code", "Identifiers, values, logs and stack traces.", []example{
			{"Inline", "codeInText", codeInText()},
			{"A block", "codeBlock", codeBlock()},
			{"JSON", "codeJSON", codeJSON()},
			{"An error", "codeError", codeError()},
		}},
		{"Avatar", "The initials of a name, on a color derived from the name.", []example{
			{"Sizes", "avatarSizes", avatarSizes()},
		}},
		{"EmptyState", "Shown in place of an empty list.", []example{
			{"With an action", "emptyState", emptyState()},
		}},
		{"PageHeader", "The top of a page: a link to the parent page, the title and the main actions.", []example{
			{"With an action", "pageHeader", pageHeader()},
		}},
		{"Time", "A time element. Scripts convert it to the reader's time zone.", []example{
			{"Styles", "timeStyles", timeStyles()},
		}},
		{"Icon", "An icon in the current text color.", []example{
			{"All icons", "icons", icons()},
		}},
	}
}

//go:embed examples.templ
var source string

// code returns the body of the templ function in examples.templ as it would be
// written on a page, or "".
func code(name string) string {
	_, rest, _ := strings.Cut(source, "\ntempl "+name+"() {\n")
	body, _, found := strings.Cut(rest, "\n}\n")
	if !found {
		return ""
	}
	lines := strings.Split(body, "\n")
	for i, line := range lines {
		lines[i] = strings.ReplaceAll(strings.TrimPrefix(line, "\t"), "\t", "    ")
	}
	return strings.Join(lines, "\n")
}

// withoutAutofocus removes autofocus attributes from the component, so that the
// page opens at its top.
func withoutAutofocus(view templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		var html strings.Builder
		if err := view.Render(ctx, &html); err != nil {
			return err
		}
		_, err := io.WriteString(w, strings.ReplaceAll(html.String(), " autofocus", ""))
		return err
	})
}
