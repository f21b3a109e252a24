// Package feature is the contract between a feature and the application.
//
// A feature describes itself in a Manifest: plain data, with nothing that
// registers itself. What is not in a manifest does not exist.
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
// Parts are what a feature gives to packages that an application may leave out:
// this package knows none of them.
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

// Manifest is all that the application knows of a feature.
type Manifest struct {
	// Name is the feature's folder and the prefix of what it owns: tables,
	// channels, events, jobs.
	Name string

	// Paths are the addresses that the feature owns, with everything below them,
	// beside /<Name>. "/" is the front page and nothing below it. The rule
	// ownroutes of tools/vet compares them with the routes.
	Paths []string

	// Routes adds the feature's URLs. The session is loaded before them.
	Routes func(chi.Router)

	// Navigation and Header are what the feature puts on every page.
	Navigation []NavItem
	Header     []HeaderItem

	// Parts are what the feature gives to realtime, events, jobs, and the slots
	// of other features' pages.
	Parts []Part

	// Seed makes the sample data of development; nil if there is none. It runs
	// at every start in development and must leave existing data alone.
	Seed func(context.Context) error
}

// NavItem is one entry of the main navigation.
type NavItem struct {
	Label string
	Path  string
	Role  string // shown to users with this role; "" shows it to everyone
}

// VisibleTo reports whether the entry is for this user.
func (n NavItem) VisibleTo(user auth.User) bool {
	return n.Role == "" || user.HasRole(n.Role)
}

// HeaderItem renders something small into the header of every page, such as a
// bell with a count. It decides by auth.CurrentUser whether there is anything
// to show.
type HeaderItem func() templ.Component

// Part is something a feature gives to one package of core. The package
// declares the types (realtime.Channels, events.Handlers …) and collects its
// own with PartsOf.
type Part interface {
	// FeaturePart names the kind of part, for messages: "realtime channels".
	FeaturePart() string
}

// PartsOf returns the parts of type P in all manifests, each with the name of
// its feature, in the order in which they are listed.
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

// Owned is a part and the feature it belongs to.
type Owned[P Part] struct {
	Feature string
	Part    P
}

// Zone is the time zone of the people whom the application is for, such as
// "Europe/Berlin": by its clocks it is morning, and a week begins. The zero
// Zone is UTC.
type Zone string

// String is the name of the zone.
func (z Zone) String() string { return cmp.Or(string(z), "UTC") }

// Location is the zone with its clocks; UTC if nobody knows the name.
func (z Zone) Location() *time.Location {
	location, err := time.LoadLocation(string(z))
	if err != nil {
		return time.UTC
	}
	return location
}

// BaseURL is where browsers reach the application, such as
// "https://pergola.example": for what is read away from its pages (feeds,
// mail, link previews).
type BaseURL string

// Absolute is the whole URL of a path of the application, which begins with a
// slash.
func (b BaseURL) Absolute(path string) string {
	return strings.TrimRight(string(b), "/") + path
}
