package main

import (
	"fmt"
	"testing"

	"example.com/pergola/core/app/browsertest"
)

func TestDev_updatesAnOpenPage(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.run()
	page := browsertest.Open(t)
	page.AllowErrors("500 (Internal Server Error)") // of the page that was reloaded while the style was broken
	page.Goto(s.url)
	page.WaitForText("output", "Hello from the script")
	page.WaitUntil("the style is applied", colorIs("rgb(1, 1, 1)"))

	browsertest.Eval[bool](page, "window.notReloaded = true")
	s.edit("web/src/app.css", "rgb(1, 1, 1)", "rgb(2, 2, 2)")
	page.WaitUntil("the new style is applied", colorIs("rgb(2, 2, 2)"))
	if !browsertest.Eval[bool](page, "window.notReloaded === true") {
		t.Error("a changed style sheet reloaded the page")
	}

	s.edit("web/src/app.ts", "Hello from the script", "Good day from the script")
	page.WaitForText("output", "Good day from the script")

	s.edit(pageFile, "Hello from the template", "Good day from the template")
	page.WaitForText("p", "Good day from the template")

	s.edit(greetingFile, "Hello from Go", "Good day from Go")
	page.WaitForText("h1", "Good day from Go")
}

func TestDev_coversAnOpenPageWithAMistake(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.run()
	page := browsertest.Open(t)
	page.AllowErrors("500 (Internal Server Error)")
	page.Goto(s.url)
	browsertest.Eval[bool](page, "window.notReloaded = true")

	s.edit("web/src/app.css", "h1 {", "BROKEN h1 {")
	page.WaitUntil("the mistake covers the page", covered+".includes('web/src/app.css:1:1: this is broken')")
	if !browsertest.Eval[bool](page, "window.notReloaded === true") {
		t.Error("the mistake reloaded the page, which may contain unsaved input")
	}
	s.edit("web/src/app.css", "BROKEN h1 {", "h1 {")
	page.WaitUntil("the page is uncovered", covered+" === ''")

	s.edit(greetingFile, `"Hello from Go"`, `nothing`)
	page.WaitUntil("the next mistake covers the page", covered+".includes('undefined: nothing')")
	page.Goto(s.url)
	page.WaitForText("pre", "undefined: nothing")
	s.edit(greetingFile, `nothing`, `"Good day from Go"`)
	page.WaitForText("h1", "Good day from Go")
}

// covered is the text of the overlay.
const covered = `(document.querySelector("[data-dev-overlay]")?.shadowRoot.textContent ?? "")`

func colorIs(rgb string) string {
	return fmt.Sprintf("getComputedStyle(document.querySelector('h1')).color === %q", rgb)
}
