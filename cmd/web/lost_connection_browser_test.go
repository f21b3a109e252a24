package main

import (
	"testing"
	"time"

	"example.com/pergola/core/app/browsertest"
	_ "example.com/pergola/features/blog" // the page and the channel under test
)

// A network that stops forwarding without closing anything, as after sleep or a
// change of networks, shows by itself only when heartbeats are missing for 50 seconds.
func TestBrowser_noticesSilentlyLostConnections(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	network, address := newProxy(t, s.URL)
	browser := browsertest.Open(t)
	hints := map[string]string{
		"the browser is online":  "dispatchEvent(new Event('online'))",
		"the browser is offline": "dispatchEvent(new Event('offline'))",
		"the page is shown":      "document.dispatchEvent(new Event('visibilitychange'))",
		"the page is unfrozen":   "document.dispatchEvent(new Event('resume'))",
		"the machine was asleep": "(now => { Date.now = () => now() + 60_000; return true })(Date.now.bind(Date))",
	}
	pages := map[string]*browsertest.Window{}
	for hint := range hints {
		pages[hint] = browser.Tab()
		pages[hint].Goto(address + "/")
		pages[hint].WaitFor(connected)
		browsertest.Eval[bool](pages[hint], "Object.defineProperty(document, 'visibilityState', {value: 'visible'}) === document")
	}
	network.stall()
	lost := time.Now()

	for hint, script := range hints {
		browsertest.Eval[bool](pages[hint], script)
	}

	for hint, page := range pages {
		page.WaitUntil(hint+": it reconnects", "document.querySelector('[data-connection-state=reconnecting]')")
	}
	if noticed := time.Since(lost); noticed > 40*time.Second {
		t.Errorf("noticed after %v, which is a missing heartbeat", noticed)
	}
	network.resume()
	for _, page := range pages {
		page.WaitFor(connected)
	}
}
