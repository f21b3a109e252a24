package main

import (
	"testing"

	"example.com/pergola/core/app/browsertest"
)

func TestBrowser_showsAndPastesPasswords(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	window := browsertest.Open(t)
	window.Goto(s.URL + "/sign-in")
	window.Fill("[name=email]", grace)
	browsertest.Eval[bool](window, `(() => {
		const field = document.querySelector("[name=password]");
		field.focus();
		return document.execCommand("insertText", false, "pergola-dev") && field.value === "pergola-dev"
	})()`)

	window.Click("button[data-reveal]")

	window.WaitFor("[name=password][type=text]")
	if got := window.Text("button[data-reveal]"); got != "Hide Password" {
		t.Errorf("the button shows %q", got)
	}
	window.Click("button[data-reveal]")
	window.WaitFor("[name=password][type=password]")
	window.Click("button[data-reveal]")
	browsertest.Eval[bool](window, `(addEventListener("pagehide", () => sessionStorage.setItem("sent-as", document.querySelector("[name=password]").type)), true)`)
	window.Click("main form button[type=submit], main form button:not([type])")
	window.WaitUntil("signed in", "location.pathname !== '/sign-in' && document.readyState === 'complete'")
	if got := browsertest.Eval[string](window, `sessionStorage.getItem("sent-as")`); got != "password" {
		t.Errorf("the password was sent from a field of type %q, want password, so that browsers don't store it as text", got)
	}
}
