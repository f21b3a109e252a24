// Package components provides the UI components that pages are built from.
//
//	@components.PageHeader(components.PageHeaderOptions{Title: "New article", BackHref: "/desk", BackLabel: "Desk"})
//	@components.FormErrors(err)
//	@components.Form(components.FormOptions{Action: "/desk/articles"}) {
//		@components.Field(components.FieldOptions{Name: "title", Label: "Title", Value: in.Title, Required: true, Error: components.ErrorFor(err, "title")})
//		@components.FormActions() {
//			@components.Button(components.ButtonOptions{Kind: components.Primary}) {
//				Save draft
//			}
//		}
//	}
//
// A component takes one options struct with a useful zero value, and its
// content as children. Attrs adds attributes, such as those of htmx or data-….
//
// All components work without JavaScript, by keyboard and with a screen reader,
// in light and dark mode. Their colors, sizes and fonts are the tokens of
// web/src/app.css. Pages use the same tokens as Tailwind classes: text-ink,
// text-muted, bg-surface, border-line, text-accent-ink, rounded-card,
// font-serif, and prose for the text of an article.
package components
