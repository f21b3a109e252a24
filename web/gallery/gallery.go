// Package gallery is the page that shows every part of web/components, in its
// variants, with the code that makes each: /dev/components in development.
//
// An example is a templ of examples.templ, listed in sections below. The code
// that the page shows is cut out of that file, so it is always the code that
// made what stands above it.
package gallery

import (
	"context"
	_ "embed"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// Page is the body of the page.
func Page() templ.Component { return page(sections()) }

// section is a component and the examples of it.
type section struct {
	Name     string // as in web/components
	Text     string
	Examples []example
}

func (s section) id() string { return "component-" + strings.ToLower(s.Name) }

// example is one variant. Its code is the body of the templ of that name.
type example struct {
	Title string
	Templ string
	View  templ.Component
}

func sections() []section {
	return []section{
		{"Button", "Does something: it sends a form. ButtonLink looks the same and goes somewhere.", []example{
			{"Kinds", "buttonKinds", buttonKinds()},
			{"Sizes", "buttonSizes", buttonSizes()},
			{"With an icon", "buttonIcons", buttonIcons()},
			{"Disabled", "buttonDisabled", buttonDisabled()},
			{"Links", "buttonLinks", buttonLinks()},
		}},
		{"Field", "An input of one line, a text area, a choice, a box to tick: the label above, what is wrong and a hint below.", []example{
			{"One line", "fieldOfOneLine", fieldOfOneLine()},
			{"With a hint, optional", "fieldWithHint", fieldWithHint()},
			{"With what is wrong", "fieldWithError", fieldWithError()},
			{"Many lines", "fieldOfManyLines", fieldOfManyLines()},
			{"A choice", "fieldOfChoices", fieldOfChoices()},
			{"A box to tick", "fieldToTick", fieldToTick()},
			{"Read only", "fieldReadOnly", fieldReadOnly()},
		}},
		{"Form", "Fields one below the other. FormErrors says above it what is wrong, ErrorFor says it beside each field, and the first of them has the focus.", []example{
			{"A form", "formPlain", formPlain()},
			{"As it comes back when something is wrong", "formRefused", formRefused()},
			{"A single button", "formAction", formAction()},
		}},
		{"Card", "A surface that holds things that belong together.", []example{
			{"With a title", "cardWithTitle", cardWithTitle()},
			{"Plain", "cardPlain", cardPlain()},
		}},
		{"List", "Entries set apart by thin lines.", []example{
			{"A list", "listOfPeople", listOfPeople()},
		}},
		{"Table", "On a narrow screen each row becomes a card, or the table scrolls.", []example{
			{"A table", "tableOfArticles", tableOfArticles()},
			{"Of figures, which scrolls", "tableOfFigures", tableOfFigures()},
		}},
		{"Pagination", "The way to the neighbouring pages of a list, or more of it in place.", []example{
			{"Pages", "paginationOfPages", paginationOfPages()},
			{"In place", "paginationInPlace", paginationInPlace()},
		}},
		{"Dialog", "Asks before it goes on. Without scripts it is opened by its address.", []example{
			{"A question", "dialogThatAsks", dialogThatAsks()},
		}},
		{"Menu", "A button that unfolds a list of links and buttons.", []example{
			{"A menu", "menuOfActions", menuOfActions()},
			{"With an icon for a button", "menuWithIcon", menuWithIcon()},
		}},
		{"Flash", "What is said on the page after something was done.", []example{
			{"Tones", "flashTones", flashTones()},
		}},
		{"Toast", "What is said while the page is open: it floats above the page, in the element with the id “messages”.", []example{
			{"Tones", "toastTones", toastTones()},
		}},
		{"Badge", "A word or a number set apart: a state, a role, a count.", []example{
			{"Tones", "badgeTones", badgeTones()},
			{"Status of background work", "badgeStatus", badgeStatus()},
		}},
		{"Tabs", "Links to views of the same page, and what the list is limited to.", []example{
			{"With a count", "tabsOfStates", tabsOfStates()},
			{"A filter that is set", "tabsActiveFilter", tabsActiveFilter()},
		}},
		{"Details", "The properties of one thing.", []example{
			{"Of a job", "detailsOfJob", detailsOfJob()},
		}},
		{"Code", "Names, values and logs from a machine.", []example{
			{"In text", "codeInText", codeInText()},
			{"A block", "codeBlock", codeBlock()},
			{"JSON", "codeJSON", codeJSON()},
			{"An error", "codeError", codeError()},
		}},
		{"Avatar", "The initials of a name, on a colour that is always the same for it.", []example{
			{"Sizes", "avatarSizes", avatarSizes()},
		}},
		{"EmptyState", "Stands where a list would.", []example{
			{"With what can be done about it", "emptyState", emptyState()},
		}},
		{"PageHeader", "The top of a page: where it belongs, what it is, what can be done.", []example{
			{"With an action", "pageHeader", pageHeader()},
		}},
		{"Time", "A moment: for machines too, and in the reader's own time zone where there are scripts.", []example{
			{"Styles", "timeStyles", timeStyles()},
		}},
		// <with:realtime>
		{"ConnectionState", "Whether the page is live. The layout has one; realtime.ts fills it.", []example{
			{"States", "connectionStates", connectionStates()},
		}},
		// </with:realtime>
		{"Icon", "A small drawing in the colour of the text around it.", []example{
			{"All of them", "icons", icons()},
		}},
	}
}

//go:embed examples.templ
var source string

// code is the body of the templ of this name in examples.templ, as it would be
// written on a page; "" if there is none.
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

// calm is the component without the focus that a field with an error asks for,
// so that the page opens at its top.
func calm(view templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		var html strings.Builder
		if err := view.Render(ctx, &html); err != nil {
			return err
		}
		_, err := io.WriteString(w, strings.ReplaceAll(html.String(), " autofocus", ""))
		return err
	})
}
