package main

import (
	"strconv"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"example.com/pergola/core/app/browsertest"
	_ "example.com/pergola/features/blog" // the pages under test
)

// tabTo presses Tab until the element has the focus. Every element that is focused
// on the way must be visible.
func tabTo(t *testing.T, window *browsertest.Window, selector string) {
	t.Helper()
	const stops = 80
	for range stops {
		window.Press(kb.Tab)
		window.WaitUntil("the focus can be seen", visibleFocus) // the page may scroll to it first
		if browsertest.Eval[bool](window, "document.activeElement.matches("+strconv.Quote(selector)+")") {
			return
		}
	}
	t.Fatalf("%s: pressing Tab %d times did not reach %s", window.Path(), stops, selector)
}

// visibleFocus reports whether the focused element is in view and has an outline.
// After the last element the focus moves to the browser itself.
const visibleFocus = `(() => {
	const element = document.activeElement;
	if (element === document.body) {
		return true;
	}
	const style = getComputedStyle(element);
	const box = element.getBoundingClientRect();
	const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
	return outlined && box.width > 1 && box.height > 1 && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
})()`

func TestKeyboard_writesAndPublishesAnArticle(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	window := browsertest.Open(t)
	window.Goto(s.URL + "/")

	tabTo(t, window, "a[href='/sign-in']")
	window.Press(kb.Enter)
	window.WaitUntil("the address has the focus", "document.activeElement.name === 'email'")
	window.Press(ada)
	tabTo(t, window, "[name=password]")
	window.Press(samplePassword + kb.Enter)
	window.WaitFor("header a[href='/desk']")

	tabTo(t, window, "header a[href='/desk']")
	window.Press(kb.Enter)
	window.WaitForText("h1", "Desk")
	tabTo(t, window, "main a[href='/desk/articles/new']")
	window.Press(kb.Enter)
	window.WaitUntil("the title has the focus", "document.activeElement.name === 'title'")
	window.Press("By keys alone")
	tabTo(t, window, "[name=body]")
	window.Press("No mouse was near.")
	tabTo(t, window, saveButton)
	window.Press(kb.Enter)
	window.WaitForText("h1", "Edit “By keys alone”")
	tabTo(t, window, "#article-form button[formaction$='/publish']")
	window.Press(" ")
	window.WaitForText("article h1", "By keys alone")

	tabTo(t, window, "header details:has(form[action='/sign-out']) > summary")
	window.Press(" ")
	tabTo(t, window, "form[action='/sign-out'] button")
	window.Press(kb.Enter)
	window.WaitFor("a[href^='/sign-in']")
	if got := window.Text("#feed > li:first-of-type h2"); got != "By keys alone" {
		t.Errorf("the first article is %q", got)
	}
}

func TestKeyboard_opensAndClosesDialogsAndMenus(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	window := browsertest.Open(t)
	s.signInWith(window, ada)
	window.Goto(s.URL + editorPath(t, s.signIn(t, ada), "draft"))

	tabTo(t, window, "[data-dialog=delete-article]")
	window.Press(kb.Enter)
	window.WaitFor("dialog[open]")
	tabTo(t, window, "dialog [data-dialog-close]")
	window.Press(kb.Escape)
	window.WaitUntil("the dialog is closed, and its button has the focus", "!document.querySelector('dialog[open]') && document.activeElement.matches('[data-dialog]')")

	browsertest.Eval[bool](window, "(document.activeElement.blur(), scrollTo(0, 0), true)")
	window.Goto(s.URL + "/")
	tabTo(t, window, "header details[data-menu] > summary")
	window.Press(kb.Enter)
	window.WaitFor("header details[data-menu][open]")
	tabTo(t, window, "header details[open] a[href='/account']")
	window.Press(kb.Escape)
	window.WaitUntil("the menu is closed, and its button has the focus", "!document.querySelector('details[data-menu][open]') && document.activeElement.matches('summary')")
}

func TestKeyboard_skipsToTheContent(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	window := browsertest.Open(t)
	window.Goto(s.URL + "/")

	tabTo(t, window, "a[href='#main']")
	window.Press(kb.Enter)
	window.WaitUntil("the content has the focus", "document.activeElement.id === 'main'")
	tabTo(t, window, "#feed a")
}
