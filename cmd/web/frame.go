package main

import (
	"cmp"
	"context"
	"slices"

	"github.com/a-h/templ"

	"example.com/pergola/core/app"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/respond"
	"example.com/pergola/web"
)

// pageFrame renders the layout around every page. It is built before the
// features, which respond with it, and later gets their navigation and header
// items.
type pageFrame struct {
	baseURL    feature.BaseURL
	liveReload bool
	assets     *web.Assets
	sessions   *auth.Sessions
	navigation []feature.NavItem
	header     []feature.HeaderItem
}

func newPageFrame(config Config, assets *web.Assets, sessions *auth.Sessions) *pageFrame {
	return &pageFrame{baseURL: newBaseURL(config), liveReload: config.LiveReload, assets: assets, sessions: sessions}
}

// register adds the navigation and header items of the manifests, before the
// first page is served.
func (f *pageFrame) register(manifests []feature.Manifest) {
	for _, manifest := range manifests {
		f.navigation = append(f.navigation, manifest.Navigation...)
		f.header = append(f.header, manifest.Header...)
	}
	// Public items come first.
	slices.SortStableFunc(f.navigation, func(a, b feature.NavItem) int { return cmp.Compare(a.Role, b.Role) })
}

// page renders the layout around a page.
func (f *pageFrame) page(ctx context.Context, page respond.Page) templ.Component {
	user := auth.CurrentUser(ctx)
	return web.Layout(web.LayoutView{
		Page:       page,
		User:       user,
		Navigation: f.navigationFor(user),
		Header:     f.headerItems(),
		Flash:      f.sessions.PopFlash(ctx),
		Path:       app.RequestPath(ctx),
		BaseURL:    f.baseURL,
		Assets:     f.assets,
		LiveReload: f.liveReload,
		RequestID:  app.RequestID(ctx),
	})
}

func (f *pageFrame) navigationFor(user auth.User) []feature.NavItem {
	visible := make([]feature.NavItem, 0, len(f.navigation))
	for _, item := range f.navigation {
		if item.VisibleTo(user) {
			visible = append(visible, item)
		}
	}
	return visible
}

func (f *pageFrame) headerItems() []templ.Component {
	items := make([]templ.Component, 0, len(f.header))
	for _, item := range f.header {
		items = append(items, item())
	}
	return items
}

// errorPage is the body of an error page.
func errorPage(_ context.Context, view respond.ErrorView) templ.Component { return web.ErrorPage(view) }

// errorDocument is a complete error page, for when the layout itself fails.
func (f *pageFrame) errorDocument(_ context.Context, view respond.ErrorView) templ.Component {
	return web.ErrorDocument(view, f.assets)
}

// errorMessage is shown on the current page when a request for a part of it
// failed.
func errorMessage(_ context.Context, view respond.ErrorView) templ.Component {
	return web.ErrorMessage(view)
}
