package main

import (
	"strings"
	"testing"

	"example.com/pergola/core/app/browsertest"
	_ "example.com/pergola/features/blog" // the pages under test
)

func TestTwoBrowsers_showPublishedArticlesLive(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	editor, reader := browsertest.Open(t), browsertest.Open(t)
	s.signInWith(editor, ada)
	s.signInWith(reader, grace)
	reader.Goto(s.URL + "/")
	reader.WaitFor(connected)
	reader.Mark()

	editor.Goto(s.URL + "/desk/articles/new")
	editor.Fill("[name=title]", "Roses in <November>")
	editor.Fill("[name=body]", "They bloom *until* the frost.")
	editor.WaitForText("#preview em", "until")
	editor.Click("#article-form button[type=submit]:not([formaction]), #article-form button:not([formaction])")
	editor.WaitFor("#article-form button[formaction$='/publish']")
	editor.Click("#article-form button[formaction$='/publish']")

	reader.WaitForText("#feed > li:first-of-type h2", "Roses in <November>")
	if reader.Reloaded() {
		t.Error("the reader's page was reloaded")
	}
	reader.Click("#feed > li:first-of-type h2 a")
	reader.WaitForText("article h1", "Roses in <November>")
	if got := reader.Path(); got != "/articles/roses-in-november" {
		t.Errorf("the article is at %s", got)
	}
}

func TestBrowser_signOutInOneTabEndsTheOther(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	window := browsertest.Open(t)
	s.signInWith(window, grace)
	window.Goto(s.URL + "/")
	window.WaitFor(connected)
	second := window.Tab()
	second.Goto(s.URL + "/")
	second.WaitFor(connected)

	browsertest.Eval[bool](second, "(document.querySelector('form[action=\"/sign-out\"]').requestSubmit(), true)")

	second.WaitFor("a[href^='/sign-in']")
	window.WaitUntil("the first tab has lost its connection", "document.querySelector('[data-connection-state]').dataset.connectionState === 'offline'")
}

func TestBrowser_closesTheDeskWhenTheRoleIsRevoked(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	editor := browsertest.Open(t)
	s.signInWith(editor, ada)
	editor.Goto(s.URL + "/desk")
	editor.WaitFor(connected)

	revokeEditor(t, s.signIn(t, alan), ada)

	editor.AllowErrors("403")
	editor.Goto(s.URL + "/desk")
	editor.WaitForText("main", "403")
}

// A page that was disconnected shows what it missed after it reconnects.
func TestBrowser_catchesUpAfterAServerRestart(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	reader := browsertest.Open(t)
	reader.AllowErrors("ERR_CONNECTION_REFUSED", "WebSocket connection")
	reader.Goto(s.URL + "/")
	reader.WaitFor(connected)
	reader.Mark()

	if err := s.Stop(); err != nil {
		t.Fatalf("stop the first server: %v", err)
	}
	reader.WaitFor(`[data-connection-state="reconnecting"]`)
	elsewhere := startSite(t, withDatabaseOf(s))
	publish(t, elsewhere.signIn(t, ada), "Written while you slept")
	startSite(t, builtAssets(t), withDatabaseOf(s), withAddressOf(s))

	reader.WaitForText("#feed > li:first-of-type h2", "Written while you slept")
	reader.WaitFor(connected)
	if reader.Reloaded() {
		t.Error("the reader's page was reloaded")
	}
}

func TestBrowser_worksWithoutJavaScript(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	editor := s.signIn(t, ada)

	publish(t, editor, "By form alone")

	front := editor.Get("/")
	if got := front.Find("#feed > li h2").First().Text(); got != "By form alone" {
		t.Errorf("the first article is %q", got)
	}
	article := editor.Get(front.Find("#feed > li h2 a").First().AttrOr("href", ""))
	if got := article.Find("article h1").Text(); got != "By form alone" {
		t.Errorf("the article's heading is %q", got)
	}
	if out := editor.Submit(front, "form[action='/sign-out']", nil); out.Find("a[href^='/sign-in']").Length() == 0 {
		t.Errorf("signing out leads to %s: %s", out.Path, out.Find("body").Text())
	}
}

// Later users of the computer and injected scripts can read the browser's storage,
// so it contains no session and no password.
func TestBrowser_storesNoSecretsWhereScriptsCanReadThem(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	window := browsertest.Open(t)
	s.signInWith(window, ada)
	window.Goto(s.URL + "/account/security")
	window.Fill("[name=current_password]", samplePassword)
	window.Fill("[name=new_password]", "not-to-be-kept-either")
	window.Goto(s.URL + "/desk/articles/new")
	window.Fill("[name=title]", "Kept in this tab")
	window.WaitUntil("the text is kept", `JSON.stringify({...sessionStorage}).includes("Kept in this tab")`)

	kept := browsertest.Eval[string](window, `document.cookie + JSON.stringify({...localStorage}) + JSON.stringify({...sessionStorage}) + location.href`)

	for _, secret := range []string{samplePassword, "not-to-be-kept-either", sessionCookie} {
		if strings.Contains(kept, secret) {
			t.Errorf("scripts can read %q: %s", secret, kept)
		}
	}
}

// Screen readers announce new content.
func TestPages_announceNewArticles(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	reader := browsertest.Open(t)
	reader.Goto(s.URL + "/")
	reader.WaitFor(connected)

	publish(t, s.signIn(t, ada), "Roses in November")

	reader.WaitForText("#announcements[aria-live=polite]", "New article: Roses in November")
}

func TestBrowser_lockingAnAccountDisconnectsEveryTab(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	reader := browsertest.Open(t)
	s.signInWith(reader, grace)
	reader.Goto(s.URL + "/")
	reader.WaitFor(connected)
	second := reader.Tab()
	second.Goto(s.URL + "/")
	second.WaitFor(connected)

	press(t, s.signIn(t, alan), grace, "lock")

	for _, tab := range []*browsertest.Window{reader, second} {
		tab.WaitFor(`[data-connection-state="offline"]`)
	}
	reader.Goto(s.URL + "/account")
	reader.WaitUntil("at the sign-in", "location.pathname === '/sign-in'")
}

// withDatabaseOf configures another process with the same database.
func withDatabaseOf(s *site) func(*Config) {
	return func(config *Config) { config.DatabaseURL = s.config.DatabaseURL }
}

// withAddressOf configures a site to listen on the address of another one.
func withAddressOf(s *site) func(*Config) {
	return func(config *Config) { config.Addr = s.config.Addr }
}
