package main

import (
	"net/http"
	"net/url"
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/app/browsertest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
	_ "example.com/pergola/features/connections" // the pages under test
)

// press presses a button for an account in the administrators' list of users.
func press(t *testing.T, admin *apptest.Client, email, verb string) {
	t.Helper()
	users := admin.Get("/admin/users?" + url.Values{"q": {email}}.Encode())
	action := users.Find("form[action^='/admin/users/'][action$='/"+verb+"']").AttrOr("action", "")
	if action == "" {
		t.Fatalf("the users page has no button to %s %s:\n%s", verb, email, users.Find("main").Text())
	}
	if page := admin.Post(action, nil); page.Status != http.StatusOK {
		t.Fatalf("%s: %d %s", verb, page.Status, page.Find("main").Text())
	}
}

// header is the header with which a browser with these cookies connects.
func (s *site) header(client *apptest.Client) http.Header {
	header := http.Header{"Origin": {s.URL}}
	for _, cookie := range client.Cookies() {
		header.Add("Cookie", cookie.String())
	}
	return header
}

func TestSite_locksAnAccountAtOnce(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	admin, laptop, phone := s.signIn(t, alan), s.signIn(t, grace), s.signIn(t, grace)
	sockets := []*realtimetest.Client{s.socket(t, laptop), s.socket(t, phone)}
	cookies := s.header(laptop)

	press(t, admin, grace, "lock")

	for _, socket := range sockets {
		socket.WaitClosed(realtime.ClosedSessionEnded)
	}
	if refused := realtimetest.DialRejected(t, s.URL, cookies); refused.Code != string(fault.Unauthenticated) {
		t.Errorf("a socket with the old cookie: %v, want unauthenticated", refused)
	}
	signIn := url.Values{"email": {grace}, "password": {samplePassword}}
	if page := laptop.Post("/sign-in", signIn); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("signing in to the locked account answers %d, want 422", page.Status)
	}

	press(t, admin, grace, "unlock")

	if page := laptop.Post("/sign-in", signIn); page.Path != "/" {
		t.Errorf("signing in to the unlocked account leads to %s", page.Path)
	}
	s.socket(t, laptop).MustSubscribe("blog.article.feed") // <with:blog/>
}

func TestSite_signsAUserOutEverywhere(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	admin, laptop, phone := s.signIn(t, alan), s.signIn(t, grace), s.signIn(t, grace)
	sockets := []*realtimetest.Client{s.socket(t, laptop), s.socket(t, phone)}
	bystander := s.socket(t, s.signIn(t, ada)) // <with:blog/>

	press(t, admin, grace, "sign-out")

	for _, socket := range sockets {
		socket.WaitClosed(realtime.ClosedSessionEnded)
	}
	if page := phone.Get("/account"); page.Path != "/sign-in?next=%2Faccount" {
		t.Errorf("the account's page is at %s, want the sign-in", page.Path)
	}
	bystander.MustSubscribe("blog.article.feed") // <with:blog/>
	s.signIn(t, grace)                           // and may sign in again
}

func TestBrowser_theConnectionsPageFollowsWhoComesAndGoes(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	admin := browsertest.Open(t)
	s.signInWith(admin, alan)
	admin.Goto(s.URL + "/admin/connections")
	admin.WaitFor(live)
	admin.WaitForText("#connections-now [data-connected]", "alan@example.com")
	mark(admin)

	socket := s.socket(t, s.signIn(t, grace))
	socket.MustSubscribe("blog.article.feed") // <with:blog/>
	admin.WaitForText("#connections-now [data-connected]", "grace@example.com")
	admin.WaitFor("#connections-now [data-channel='blog.article.feed']") // <with:blog/>

	_ = socket.Subscribe("blog.desk")
	admin.WaitForText("#connections-now [data-rejected=subscribe]", "Grace Hopper")
	admin.WaitUntil("its time is the reader's own", "!document.querySelector('#connections-now [data-rejected=subscribe] time').textContent.includes('UTC')")

	socket.Disconnect()
	admin.WaitUntil("grace is gone", "![...document.querySelectorAll('#connections-now [data-connected]')].some(e => e.textContent.includes('grace@example.com'))")
	if wasReloaded(admin) {
		t.Error("the page was reloaded")
	}
}

func TestBrowser_lockingAnAccountDisconnectsEveryTab(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	reader := browsertest.Open(t)
	s.signInWith(reader, grace)
	reader.Goto(s.URL + "/")
	reader.WaitFor(live)
	second := reader.Tab()
	second.Goto(s.URL + "/")
	second.WaitFor(live)

	press(t, s.signIn(t, alan), grace, "lock")

	for _, tab := range []*browsertest.Window{reader, second} {
		tab.WaitFor(`[data-connection-state="offline"]`)
	}
	reader.Goto(s.URL + "/account")
	reader.WaitUntil("at the sign-in", "location.pathname === '/sign-in'")
}
