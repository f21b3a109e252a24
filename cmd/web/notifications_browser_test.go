package main

import (
	"testing"

	"example.com/pergola/core/app/browsertest"
	_ "example.com/pergola/features/blog"          // the pages under test
	_ "example.com/pergola/features/notifications" // the pages under test
)

// unread waits until the bell shows this number; "" if it shows none.
func unread(window *browsertest.Window, number string) {
	const count = "document.querySelector('#bell > [data-live-if=unread]')"
	if number == "" {
		window.WaitUntil("the bell shows no number", count+".hidden")
		return
	}
	window.WaitUntil("the bell shows "+number, "!"+count+".hidden && "+count+".querySelector('[data-live-text]').textContent.trim() === '"+number+"'")
}

// readEverything marks the sample notifications as read.
func (s *site) readEverything(t *testing.T, email string) {
	t.Helper()
	s.signIn(t, email).Post("/notifications/read-all", nil)
}

func TestTwoBrowsers_showNotificationsLive(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	s.readEverything(t, grace)
	editor, reader := browsertest.Open(t), browsertest.Open(t)
	s.signInWith(editor, ada)
	s.signInWith(reader, grace)
	reader.Goto(s.URL + "/account")
	reader.WaitFor(connected)
	unread(reader, "")
	reader.Mark()

	editor.Goto(s.URL + "/desk?state=draft")
	editor.Click("#desk-list form[action$='/publish'] button")
	editor.WaitFor("article h1")

	unread(reader, "1")
	reader.WaitForText("#announcements", "New article by Ada Lovelace")
	if reader.Reloaded() {
		t.Error("the reader's page was reloaded")
	}
	unread(editor, "") // authors aren't notified of their own articles
	title := editor.Text("article h1")
	reader.Click("#bell")
	reader.WaitForText("#inbox li[data-unread] h2", title)
	reader.Click("#inbox li h2 button")
	reader.WaitForText("article h1", title)
	unread(reader, "")
}

func TestBrowser_updatesTheUnreadCountInAllTabs(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	s.readEverything(t, grace)
	editor := s.signIn(t, ada)
	publish(t, editor, "Roses in November")
	publish(t, editor, "Mulch in March")
	first := browsertest.Open(t)
	s.signInWith(first, grace)
	first.Goto(s.URL + "/")
	unread(first, "2")
	second := first.Tab()
	second.Goto(s.URL + "/notifications")
	second.WaitFor(connected)
	first.WaitFor(connected)
	first.Mark()
	second.Mark()

	second.Click("#inbox li:nth-child(2) form[action$='/read'] button")
	unread(first, "1")
	second.WaitUntil("one is unread in the list", "document.querySelectorAll('#inbox li[data-unread]').length === 1")
	second.Click("#inbox form[action='/notifications/read-all'] button")
	unread(first, "")
	unread(second, "")
	second.WaitForText("#inbox", "You're all caught up.")

	publish(t, editor, "Compost in May")
	unread(first, "1")
	second.WaitForText("#inbox li[data-unread] h2", "Compost in May")
	if first.Reloaded() || second.Reloaded() {
		t.Error("a page was reloaded")
	}
}

func TestBrowser_updatesTheInboxFromAnotherTab(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	s.readEverything(t, grace)
	publish(t, s.signIn(t, ada), "Roses in November")
	first := browsertest.Open(t)
	s.signInWith(first, grace)
	first.Goto(s.URL + "/notifications")
	first.WaitFor(connected)
	second := first.Tab()
	second.Goto(s.URL + "/notifications")
	second.WaitFor(connected)

	second.Click("#inbox li h2 button")
	second.WaitForText("article h1", "Roses in November")

	first.WaitUntil("nothing is unread in the first tab", "document.querySelector('#inbox li') && !document.querySelector('#inbox li[data-unread]')")
	unread(first, "")
}

func TestBrowser_showsAndKeepsAnnouncements(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	s.readEverything(t, grace)
	admin, reader := browsertest.Open(t), browsertest.Open(t)
	s.signInWith(admin, alan)
	s.signInWith(reader, grace)
	reader.Goto(s.URL + "/")
	reader.WaitFor(connected)
	reader.Mark()

	admin.Goto(s.URL + "/admin/announcements")
	admin.Fill("[name=title]", "Down on <Sunday>")
	admin.Fill("[name=text]", "From 8 to 9.")
	admin.Click("#announcement-form button")
	admin.WaitForText("#sent li", "Down on <Sunday>")

	reader.WaitForText("#messages", "Down on <Sunday>")
	reader.WaitForText("#messages", "From 8 to 9.")
	unread(reader, "1")
	if reader.Reloaded() {
		t.Error("the reader's page was reloaded")
	}
	reader.Click("#messages [data-dismiss]")
	reader.WaitUntil("the toast is gone", "document.querySelector('#messages').textContent.trim() === ''")
	reader.Click("#bell")
	reader.WaitForText("#inbox li[data-unread] h2", "Down on <Sunday>")
}

// After reconnecting, the bell includes notifications that arrived or were read
// while the server was down.
func TestBrowser_updatesTheBellAfterAServerRestart(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	s.readEverything(t, grace)
	reader := browsertest.Open(t)
	reader.AllowErrors("ERR_CONNECTION_REFUSED", "WebSocket connection")
	s.signInWith(reader, grace)
	reader.Goto(s.URL + "/")
	reader.WaitFor(connected)
	unread(reader, "")
	reader.Mark()

	if err := s.Stop(); err != nil {
		t.Fatalf("stop the first server: %v", err)
	}
	reader.WaitFor(`[data-connection-state="reconnecting"]`)
	elsewhere := startSite(t, withDatabaseOf(s))
	phone := elsewhere.signIn(t, grace)
	inbox := phone.Get("/").Find("#bell").AttrOr("data-live", "")
	socket := elsewhere.socket(t, phone)
	socket.MustSubscribe(inbox)
	publish(t, elsewhere.signIn(t, ada), "Written while you slept")
	if _, err := socket.Receive(inbox); err != nil {
		t.Fatalf("the phone receives nothing: %v", err)
	}
	startSite(t, builtAssets(t), withDatabaseOf(s), withAddressOf(s))

	unread(reader, "1")
	reader.WaitFor(connected)
	if reader.Reloaded() {
		t.Error("the reader's page was reloaded")
	}
}
