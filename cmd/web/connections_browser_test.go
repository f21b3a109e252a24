package main

import (
	"testing"

	"example.com/pergola/core/app/browsertest"
	_ "example.com/pergola/features/blog"        // the channel under test
	_ "example.com/pergola/features/connections" // the page under test
)

func TestBrowser_connectionsPageUpdatesLive(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	admin := browsertest.Open(t)
	s.signInWith(admin, alan)
	admin.Goto(s.URL + "/admin/connections")
	admin.WaitFor(connected)
	admin.WaitForText("#connections-now [data-connected]", "alan@example.com")
	admin.Mark()

	socket := s.socket(t, s.signIn(t, grace))
	socket.MustSubscribe("blog.article.feed")
	admin.WaitForText("#connections-now [data-connected]", "grace@example.com")
	admin.WaitFor("#connections-now [data-channel='blog.article.feed']")

	_ = socket.Subscribe("blog.desk")
	admin.WaitForText("#connections-now [data-rejected=subscribe]", "Grace Hopper")
	admin.WaitUntil("its time is the reader's own", "!document.querySelector('#connections-now [data-rejected=subscribe] time').textContent.includes('UTC')")

	socket.Disconnect()
	admin.WaitUntil("grace is gone", "![...document.querySelectorAll('#connections-now [data-connected]')].some(e => e.textContent.includes('grace@example.com'))")
	if admin.Reloaded() {
		t.Error("the page was reloaded")
	}
}
