package main

import (
	"flag"
	"strings"
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/app/browsertest"
)

// stop is a page of the tour: a page that there is, as somebody sees it.
type stop struct {
	name string
	path string
}

// round is what one person sees.
type round struct {
	who   string // an e-mail address; "" for a visitor
	stops []stop
}

// tour leads to every page of the site, in each of its states that looks
// different.
func (s *site) tour(t *testing.T) []round {
	t.Helper()
	editor := s.signIn(t, ada)
	article := editor.Get("/").Find("#feed > li h2 a").First().AttrOr("href", "")
	return []round{
		{"", []stop{
			{"front-page", "/"},
			{"article", article},
			{"sign-in", "/sign-in"},
			{"sign-up", "/sign-up"},
			{"not-found", "/nowhere"},
		}},
		{grace, []stop{
			{"front-page-signed-in", "/"},
			{"account", "/account"},
			{"forbidden", "/desk"},
		}},
		{ada, []stop{
			{"desk", "/desk"},
			{"new-article", "/desk/articles/new"},
			{"edit-draft", editorOf(t, editor, "draft")},
			{"edit-published", editorOf(t, editor, "published")},
		}},
		{alan, []stop{
			{"users", "/admin/users"},
			{"users-nobody", "/admin/users?q=nobody-of-this-name"},
		}},
	}
}

// editorOf is where an article of the state is written.
func editorOf(t *testing.T, editor *apptest.Client, state string) string {
	t.Helper()
	desk := editor.Get("/desk?state=" + state)
	path := desk.Find("#desk-list th a").First().AttrOr("href", "")
	if !strings.HasPrefix(path, "/desk/articles/") {
		t.Fatalf("the desk has no %s article: %s", state, desk.Find("main").Text())
	}
	return path
}

// walk goes through the tour in a browser. It calls visit on every page, in
// each size and colour scheme.
func (s *site) walk(t *testing.T, visit func(window *browsertest.Window, at stop, look look)) {
	t.Helper()
	for _, round := range s.tour(t) {
		window := browsertest.Open(t)
		window.AllowErrors("status of 4", "status of 5")
		if round.who != "" {
			s.signInWith(window, round.who)
		}
		for _, at := range round.stops {
			for _, look := range looks {
				window.Resize(look.width, look.height)
				window.ColorScheme(look.scheme)
				window.Goto(s.URL + at.path)
				browsertest.Eval[bool](window, "document.fonts.ready.then(() => true)")
				visit(window, at, look)
			}
		}
	}
}

// look is the size of a window and the colours that its reader prefers.
type look struct {
	name          string
	width, height int
	scheme        string
}

var looks = []look{
	{"desktop", 1280, 800, "light"},
	{"desktop-dark", 1280, 800, "dark"},
	{"phone", 390, 844, "light"},
	{"phone-dark", 390, 844, "dark"},
}

var screenshots = flag.String("screenshots", "", "write a screenshot of every page, in every look, to this folder")

func TestScreenshots(t *testing.T) {
	if *screenshots == "" {
		t.Skip("only with -screenshots")
	}
	s := startSite(t, builtAssets(t), inMemorySite)
	s.walk(t, func(window *browsertest.Window, at stop, look look) {
		window.Screenshot(*screenshots + "/" + at.name + "-" + look.name + ".png")
	})
}
