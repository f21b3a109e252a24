// Package components is the kit of parts from which pages are built.
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
// A part takes one small options struct, whose zero value is a sensible thing,
// and its content as children. Attrs, where there is one, takes further
// attributes: those of htmx, data-… and the like.
//
// All parts work without JavaScript, by keyboard and with a screen reader, in
// light and dark. Their colours, sizes and type are the tokens of
// web/src/app.css; pages use the same tokens as Tailwind classes: text-ink,
// text-muted, bg-surface, border-line, text-accent-ink, rounded-card,
// font-serif, and prose for the text of an article.
package components
