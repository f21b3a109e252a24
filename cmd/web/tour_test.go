package main

import (
	"net/url"
	"strconv"
	"strings" // <with:blog/>
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/app/browsertest"
)

// stop is a page of the tour: a page that there is, as somebody sees it.
type stop struct {
	name string
	path string
	do   func(window *browsertest.Window) // on the page, before it is looked at; nil for nothing
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
	// <with:blog>
	editor := s.signIn(t, ada)
	article := editor.Get("/").Find("#feed > li h2 a").First().AttrOr("href", "")
	draft, published := editorOf(t, editor, "draft"), editorOf(t, editor, "published")
	// </with:blog>
	job, event := failedJob(t, editor, s.signIn(t, alan), "What comes after roses") // <with:jobadmin,eventadmin,blog,notifications/>
	newcomer := apptest.NewClient(t, s.URL)
	newcomer.Post("/sign-up", url.Values{"email": {"nell@example.com"}, "name": {"Nell"}, "password": {newPassword}})
	newcomer.Post("/forgot-password", url.Values{"email": {grace}})
	letter := s.letterTo(t, grace, "Reset your password")
	reset, verify := s.linkIn(t, letter), s.linkIn(t, s.letterTo(t, "nell@example.com", "Verify your email address"))
	return []round{
		{"", []stop{
			// <without:blog/> {"front-page", "/", nil},
			{"front-page", "/", waitLive}, // <with:blog/>
			{"article", article, nil},     // <with:blog/>
			{"sign-in", "/sign-in", nil},
			{"sign-in-refused", "/sign-in", signInWrongly},
			{"sign-up", "/sign-up", nil},
			{"forgot-password", "/forgot-password", nil},
			{"email-sent", "/forgot-password", askForLink},
			{"reset-password", reset, nil},
			{"reset-password-refused", reset, resetWrongly},
			{"verify-email", verify, nil},
			{"invalid-link", "/reset-password?token=invalid", nil},
			{"mailbox", "/dev/mail", nil},
			{"letter", letter.Path, nil},
			{"menu-of-a-visitor", "/sign-up", unfold("header details:last-of-type")},
			{"not-found", "/nowhere", nil},
			{"error-409", "/dev/errors/409", nil},
			{"error-413", "/dev/errors/413", nil},
			{"error-429", "/dev/errors/429", nil},
			{"error-500", "/dev/errors/500", nil},
			{"error-503", "/dev/errors/503", nil},
			{"components", "/dev/components", nil},
		}},
		{grace, []stop{
			// <without:blog/> {"front-page-signed-in", "/", nil},
			{"front-page-signed-in", "/", waitLive}, // <with:blog/>
			{"account", "/account", nil},
			{"security", "/account/security", nil},
			{"delete-account", "/account/delete", nil},
			{"menu-of-a-reader", "/account", unfold("header details:has(a[href='/account'])")},
			{"notifications", "/notifications", waitLive}, // <with:notifications/>
			{"forbidden", "/admin/users", nil},
		}},
		// <with:blog>
		{ada, []stop{
			{"desk", "/desk", waitLive},
			{"new-article", "/desk/articles/new", nil},
			{"new-article-refused", "/desk/articles/new", writeWithoutTitle},
			{"edit-draft", draft, waitPreview},
			{"edit-published", published, waitPreview},
			{"dialog", draft, openDialog},
		}},
		// </with:blog>
		{alan, []stop{
			{"users", "/admin/users", nil},
			{"users-nobody", "/admin/users?q=nobody-of-this-name", nil},
			{"announcements", "/admin/announcements", nil},  // <with:notifications/>
			{"connections", "/admin/connections", waitLive}, // <with:connections/>
			// <with:jobadmin,eventadmin,blog,notifications>
			{"jobs", "/admin/jobs", waitLive},
			{"jobs-none", "/admin/jobs?state=retrying&queue=mail", waitLive},
			{"job-failed", job, waitLive},
			{"events", "/admin/events", waitLive},
			{"event", event, waitLive},
			{"deliveries", "/admin/events/deliveries", waitLive},
			// </with:jobadmin,eventadmin,blog,notifications>
		}},
	}
}

func waitLive(window *browsertest.Window) { window.WaitFor(live) } // <with:blog|notifications|connections/>

func waitPreview(window *browsertest.Window) { window.WaitFor("#preview article") } // <with:blog/>

func unfold(selector string) func(*browsertest.Window) {
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

// <with:blog>

func writeWithoutTitle(window *browsertest.Window) {
	window.Fill("[name=title]", " ")
	window.Fill("[name=body]", "Words.")
	window.Click("#article-form button[type=submit]:not([formaction])")
	window.WaitFor("[data-form-errors]")
	forgetChanges(window)
}

// forgetChanges lets the page be left without a question: the forms that have
// changes make place for others that look the same.
func forgetChanges(window *browsertest.Window) {
	window.WaitUntil("the page is loaded", "document.readyState === 'complete'")
	browsertest.Eval[bool](window, "(sessionStorage.clear(), document.querySelectorAll('form[data-unsaved]').forEach((form) => form.replaceWith(form.cloneNode(true))), true)")
}

func openDialog(window *browsertest.Window) {
	window.Click("[data-dialog=delete-article]")
	window.WaitFor("dialog[open]")
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

// </with:blog>

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
			for _, scheme := range []string{"light", "dark"} {
				window.ColorScheme(scheme)
				window.Resize(looks[0].width, looks[0].height)
				window.Goto(s.URL + at.path)
				if at.do != nil {
					at.do(window)
				}
				for _, look := range looks {
					if look.scheme == scheme {
						window.Resize(look.width, look.height)
						browsertest.Eval[bool](window, settled)
						visit(window, at, look)
					}
				}
			}
		}
	}
}

// settled is when the fonts are there and nothing moves that will come to rest.
const settled = `document.fonts.ready.then(() => Promise.all(document.getAnimations()
	.filter((animation) => animation.effect.getComputedTiming().endTime !== Infinity)
	.map((animation) => animation.finished.catch(() => {})))).then(() => true)`

// look is the size of a window and the colours that its reader prefers.
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
