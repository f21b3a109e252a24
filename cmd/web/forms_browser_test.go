package main

import (
	"testing"

	"example.com/pergola/core/app/browsertest"
	_ "example.com/pergola/features/blog" // the pages under test
)

// A form's fields are properties of the form, ahead of its own. (htmx itself
// needs getAttribute and addEventListener.)
func TestBrowser_handlesFieldsNamedLikeMembersOfForms(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	editor := browsertest.Open(t)
	s.signInWith(editor, ada)
	editor.BeforeScripts(`new MutationObserver((_, observer) => {
		const form = document.getElementById("article-form");
		if (!form) return;
		observer.disconnect();
		for (const name of ["matches", "closest", "dataset", "attributes", "elements", "method", "isConnected", "prepend",
			"toggleAttribute", "querySelector", "contains", "children", "parentNode"]) {
			const field = document.createElement("input");
			field.type = "hidden";
			field.name = name;
			HTMLElement.prototype.append.call(form, field);
		}
	}).observe(document, { childList: true, subtree: true });
	addEventListener("beforeunload", (event) => event.stopImmediatePropagation()); // leave without a question`)
	editor.Goto(s.URL + "/desk/articles/new")

	editor.Fill("[name=title]", "Roses")
	browsertest.Eval[bool](editor, "(HTMLElement.prototype.click.call(document.getElementById('article-form')), true)")
	editor.Goto(s.URL + "/desk/articles/new")
	editor.WaitFor("#article-form [data-draft-discard]")
	editor.Fill("[name=body]", "They bloom.")
	editor.Click("#article-form button:not([formaction]):not([data-draft-discard])")

	editor.WaitForText("h1", "Edit “Roses”")
}

// The browser's cache is not cleared at sign-out, because that takes seconds.
func TestBrowser_goesBackToNothingPrivateAfterSignOut(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	window := browsertest.Open(t)
	s.signInWith(window, ada)
	window.Goto(s.URL + "/account")
	window.WaitForText("main", ada)

	browsertest.Eval[bool](window, "(document.querySelector('form[action=\"/sign-out\"]').requestSubmit(), true)")
	window.WaitFor("a[href^='/sign-in']")
	browsertest.Eval[bool](window, "(history.back(), true)")

	window.WaitUntil("the browser asks to sign in", "location.pathname === '/sign-in'")
}

func TestBrowser_goesLiveWithoutStorage(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	editor := browsertest.Open(t)
	s.signInWith(editor, ada)
	editor.BeforeScripts(`for (const name of ["sessionStorage", "localStorage"]) {
		Object.defineProperty(window, name, { get() { throw new DOMException("Access is denied for this document.", "SecurityError"); } });
	}`)

	editor.Goto(s.URL + "/desk/articles/new")

	editor.WaitFor(connected)
	editor.Fill("[name=title]", "Roses")
	editor.Fill("[name=body]", "They bloom.")
	editor.Click("#article-form button:not([formaction])")
	editor.WaitForText("h1", "Edit “Roses”")
}
