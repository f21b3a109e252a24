package main

import (
	"net/url"
	"strconv"
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/app/browsertest"
)

// stop is one page of a tour.
type stop struct {
	name string
	path string
	do   func(window *browsertest.Window) // prepares the page; nil for nothing
}

// round lists the pages that one user visits.
type round struct {
	who   string // an email address; "" for a visitor
	stops []stop
}

// tour returns every page that all projects have, in each state that looks
// different.
func (s *site) tour(t *testing.T) []round {
	t.Helper()
	newcomer := apptest.NewClient(t, s.URL)
	newcomer.Post("/sign-up", url.Values{"email": {"nell@example.com"}, "name": {"Nell"}, "password": {newPassword}})
	newcomer.Post("/forgot-password", url.Values{"email": {grace}})
	email := s.emailTo(t, grace, "Reset your password")
	reset, verify := s.linkIn(t, email), s.linkIn(t, s.emailTo(t, "nell@example.com", "Verify your email address"))
	return []round{
		{"", []stop{
			{"front-page", "/", waitLive},
			{"sign-in", "/sign-in", nil},
			{"sign-in-rejected", "/sign-in", signInWrongly},
			{"sign-up", "/sign-up", nil},
			{"forgot-password", "/forgot-password", nil},
			{"email-sent", "/forgot-password", askForLink},
			{"reset-password", reset, nil},
			{"reset-password-rejected", reset, resetWrongly},
			{"verify-email", verify, nil},
			{"invalid-link", "/reset-password?token=invalid", nil},
			{"mailbox", "/dev/mail", nil},
			{"email", email.Path, nil},
			{"menu-of-a-visitor", "/sign-up", openDetails("header details:last-of-type")},
			{"not-found", "/nowhere", nil},
			{"error-409", "/dev/errors/409", nil},
			{"error-413", "/dev/errors/413", nil},
			{"error-429", "/dev/errors/429", nil},
			{"error-500", "/dev/errors/500", nil},
			{"error-503", "/dev/errors/503", nil},
			{"components", "/dev/components", nil},
		}},
		{grace, []stop{
			{"front-page-signed-in", "/", waitLive},
			{"account", "/account", nil},
			{"security", "/account/security", nil},
			{"delete-account", "/account/delete", nil},
			{"menu-of-a-reader", "/account", openDetails("header details:has(a[href='/account'])")},
			{"forbidden", "/admin/users", nil},
		}},
		{alan, []stop{
			{"users", "/admin/users", nil},
			{"users-none-found", "/admin/users?q=nobody-of-this-name", nil},
		}},
	}
}

// waitLive waits until the live regions of the page, if any, are connected.
func waitLive(window *browsertest.Window) {
	window.WaitUntil("connected", `!document.querySelector('[data-live]') || document.querySelector('[data-connection-state="live"]') !== null`)
}

func openDetails(selector string) func(*browsertest.Window) {
	return func(window *browsertest.Window) {
		browsertest.Eval[bool](window, "document.querySelector("+strconv.Quote(selector)+").open = true")
	}
}

func askForLink(window *browsertest.Window) {
	window.Fill("[name=email]", "nobody@example.com")
	window.Click("main form button[type=submit]")
	window.WaitFor("[data-email-sent]")
}

func resetWrongly(window *browsertest.Window) {
	window.Fill("[name=password]", "password1234")
	window.Click("main form button[type=submit]")
	window.WaitFor("[data-form-errors]")
}

func signInWrongly(window *browsertest.Window) {
	window.Fill("[name=email]", "nobody@example.com")
	window.Fill("[name=password]", "not the password")
	window.Click("main form button[type=submit]")
	window.WaitFor("[data-form-errors]")
}

// walk opens the pages of a tour in a browser and calls visit on each, in every size
// and color scheme.
func (s *site) walk(t *testing.T, tour []round, visit func(window *browsertest.Window, at stop, look look)) {
	t.Helper()
	for _, round := range tour {
		window := browsertest.Open(t)
		window.AllowErrors("status of 4", "status of 5")
		if round.who != "" {
			s.signInWith(window, round.who)
		}
		for _, at := range round.stops {
			window.ColorScheme(looks[0].scheme)
			window.Resize(looks[0].width, looks[0].height)
			window.Goto(s.URL + at.path)
			if at.do != nil {
				at.do(window)
			}
			for _, look := range looks {
				window.ColorScheme(look.scheme)
				window.Resize(look.width, look.height)
				browsertest.Eval[bool](window, settled)
				visit(window, at, look)
			}
		}
	}
}

// settled waits for fonts to load and for finite animations to end.
const settled = `document.fonts.ready.then(() => Promise.all(document.getAnimations()
	.filter((animation) => animation.effect.getComputedTiming().endTime !== Infinity)
	.map((animation) => animation.finished.catch(() => {})))).then(() => true)`

// look is the size of a window and the preferred color scheme.
type look struct {
	suffix        string
	width, height int
	scheme        string
}

func (l look) String() string { return strconv.Itoa(l.width) + " pixels, " + l.scheme }

var looks = []look{
	{"", 1280, 800, "light"},
	{"-dark", 1280, 800, "dark"},
	{"-phone", 390, 844, "light"},
	{"-phone-dark", 390, 844, "dark"},
}
