// Package feature is the contract between a feature and the application.
//
// A feature describes itself in a Manifest, which is plain data. Nothing registers
// itself: what is not in a manifest does not exist.
//
//	func (f *Feature) Manifest() feature.Manifest {
//		return feature.Manifest{
//			Name:       "blog",
//			Routes:     f.routes,
//			Navigation: []feature.NavItem{{Label: "Desk", Path: "/desk", Role: auth.RoleEditor}},
//			Parts: []feature.Part{
//				realtime.Channels{ArticleFeedChannel, ArticleReadingChannel.Handle(f.onArticleReading)},
//				events.Events{ArticlePublishedEvent},
//				feature.Fill(home.SidebarSlot, f.latestArticles),
//			},
//		}
//	}
//
// Parts are a feature's contributions to packages that an application may leave
// out: this package knows none of them.
package feature

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
)

// Manifest is everything that the application knows about a feature.
type Manifest struct {
	// Name is the name of the feature's folder, and the prefix of its tables,
	// channels, events and jobs.
	Name string

	// Paths are URL paths that the feature owns in addition to /<Name>, with
	// everything below them. "/" is only the front page. The rule ownroutes of
	// tools/vet compares them with the routes.
	Paths []string

	// Routes adds the feature's routes. The session is loaded before they run.
	Routes func(chi.Router)

	// Navigation and Header are shown on every page.
	Navigation []NavItem
	Header     []HeaderItem

	// Parts are the feature's contributions to realtime, events, jobs, and the
	// slots of other features' pages.
	Parts []Part

	// Seed creates sample data for development; nil if there is none. It runs at
	// every start in development and must not change existing data.
	Seed func(context.Context) error
}

// NavItem is an entry of the main navigation.
type NavItem struct {
	Label string
	Path  string
	Role  string // required to see the entry; "" for everyone
}

// VisibleTo reports whether the user sees the entry.
func (n NavItem) VisibleTo(user auth.User) bool {
	return n.Role == "" || user.HasRole(n.Role)
}

// HeaderItem renders a small element in the header of every page, such as a bell
// with a count. It can depend on auth.CurrentUser.
type HeaderItem func() templ.Component

// Part is a feature's contribution to one package of core. The package declares
// the type (realtime.Channels, events.Handlers, …) and collects the parts with
// PartsOf.
type Part interface {
	// FeaturePart names the kind of part, for messages: "realtime channels".
	FeaturePart() string
}

// PartsOf returns the parts of type P of all manifests in order, each with the
// name of its feature.
func PartsOf[P Part](manifests []Manifest) []Owned[P] {
	var found []Owned[P]
	for _, manifest := range manifests {
		for _, part := range manifest.Parts {
			if p, ok := part.(P); ok {
				found = append(found, Owned[P]{Feature: manifest.Name, Part: p})
			}
		}
	}
	return found
}

// Owned is a part and the feature that it belongs to.
type Owned[P Part] struct {
	Feature string
	Part    P
}

// Zone is the time zone of the application's users, such as "Europe/Berlin". It
// decides when a day and a week begin. The zero Zone is UTC.
type Zone string

// String returns the name of the zone.
func (z Zone) String() string { return cmp.Or(string(z), "UTC") }

// Location returns the zone as a time.Location, or UTC if its name is unknown.
func (z Zone) Location() *time.Location {
	location, err := time.LoadLocation(string(z))
	if err != nil {
		return time.UTC
	}
	return location
}

// BaseURL is the URL of the application, such as "https://pergola.example", for
// links in feeds, emails and link previews.
type BaseURL string

// Absolute returns the absolute URL of a path, which begins with a slash.
func (b BaseURL) Absolute(path string) string {
	return strings.TrimRight(string(b), "/") + path
}
