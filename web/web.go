// Package web provides what all pages share: the layout, the error page, and the
// assets that build.mjs builds from the TypeScript and CSS in src.
//
// The layout is independent of features. For each page, the application passes
// in what the features' manifests contribute:
//
//	frame := func(ctx context.Context, page respond.Page) templ.Component {
//		user := auth.CurrentUser(ctx)
//		return web.Layout(web.LayoutView{Page: page, User: user, Assets: assets, Navigation: …})
//	}
//
// UI components are in web/components.
//
// Asset names contain a hash of the content, so browsers cache assets forever.
// Pages get their URLs from [Assets.Path]. Pages work without scripts: reading,
// signing in, writing and publishing. There are no inline scripts or styles, so
// a strict Content-Security-Policy applies.
package web
