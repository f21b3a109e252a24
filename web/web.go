// Package web is what every page shares: the layout, the error page, and the
// assets that build.mjs makes of the TypeScript and CSS in src.
//
// The layout knows no feature. The application gives it, for each page, what
// the features' manifests contribute:
//
//	frame := func(ctx context.Context, page respond.Page) templ.Component {
//		user := auth.CurrentUser(ctx)
//		return web.Layout(web.LayoutView{Page: page, User: user, Assets: assets, Navigation: …})
//	}
//
// The parts of pages are in web/components.
//
// Assets have a hash of their content in their name and are served for ever;
// pages ask [Assets.Path] for the address. No page needs its scripts: reading,
// signing in, writing and publishing work without. There is no inline script
// or style anywhere, so that the strictest Content-Security-Policy holds.
package web
