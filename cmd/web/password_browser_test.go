package main

import (
	"strings" // <with:blog/>
	"testing"

	"example.com/pergola/core/app/browsertest"
)

func TestBrowser_aPasswordCanBeShownAndPasted(t *testing.T) {
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
		t.Errorf("the button says %q", got)
	}
	window.Click("button[data-reveal]")
	window.WaitFor("[name=password][type=password]")
	window.Click("button[data-reveal]")
	browsertest.Eval[bool](window, `(addEventListener("pagehide", () => sessionStorage.setItem("sent-as", document.querySelector("[name=password]").type)), true)`)
	window.Click("main form button[type=submit], main form button:not([type])")
	window.WaitUntil("signed in", "location.pathname !== '/sign-in' && document.readyState === 'complete'")
	if got := browsertest.Eval[string](window, `sessionStorage.getItem("sent-as")`); got != "password" {
		t.Errorf("the password was sent from a field of type %q, from which browsers keep it as a text", got)
	}
}

// <with:blog>

// Whatever stands in a browser's storage can be read by whoever sits before it
// later, and by any script that gets in: no session and no password does.
func TestBrowser_keepsNoSecretWhereScriptsCanReadIt(t *testing.T) {
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
			t.Errorf("%q stands in what scripts can read: %s", secret, kept)
		}
	}
}

// </with:blog>
