package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/app/browsertest"
	_ "example.com/pergola/features/blog" // the pages under test
)

const saveButton = "#article-form button[type=submit]:not([formaction])"

// endSessionsOf ends all existing sessions of the user.
func (s *site) endSessionsOf(t *testing.T, email string) {
	t.Helper()
	if page := s.signIn(t, email).Post("/account/sessions/end-others", nil); page.Status != http.StatusOK {
		t.Fatalf("end the other sessions: %d", page.Status)
	}
}

// countArticles counts the articles with this title on the desk.
func (s *site) countArticles(t *testing.T, title string) int {
	t.Helper()
	return strings.Count(s.signIn(t, ada).Get("/desk").Find("#desk-list tbody th").Text(), title)
}

func TestForms_restoreATextAfterTheSessionEnds(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	window := browsertest.Open(t)
	window.AllowErrors("401")
	s.signInWith(window, ada)
	window.Goto(s.URL + "/desk/articles/new")
	window.Fill("[name=title]", "Roses in November")
	s.endSessionsOf(t, ada)
	window.Fill("[name=body]", "They bloom until the frost.")

	window.Click(saveButton)
	window.WaitForText("h1", "Sign in")
	window.WaitUntil("the text is on the page", "document.querySelector('form[data-resubmit] [name=body]').value === 'They bloom until the frost.'")
	window.WaitUntil("the link to sign in opens in the same tab", "!document.querySelector('a[data-new-tab]').target")
	window.Click("a[data-new-tab]")
	window.WaitFor("[name=password]")
	window.Fill("[name=email]", ada)
	window.Fill("[name=password]", samplePassword)
	window.Click("main form button[type=submit]")

	window.WaitForText("#article-form [role=status]", "restored your unsaved changes")
	window.WaitForText("#preview", "They bloom until the frost.")
	if got := browsertest.Eval[string](window, "document.querySelector('[name=title]').value"); got != "Roses in November" {
		t.Errorf("the title is %q", got)
	}
	window.Click(saveButton)
	window.WaitForText("h1", "Edit “Roses in November”")
	if n := s.countArticles(t, "Roses in November"); n != 1 {
		t.Errorf("the desk lists the article %d times, want 1", n)
	}
	window.Goto(s.URL + "/desk/articles/new")
	if got := browsertest.Eval[string](window, "document.querySelector('[name=title]').value"); got != "" {
		t.Errorf("the next article begins with the title %q", got)
	}
}

func TestForms_discardARestoredText(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	window := browsertest.Open(t)
	s.signInWith(window, ada)
	window.Goto(s.URL + "/desk/articles/new")
	window.Fill("[name=title]", "Roses in November")
	discardChanges(window)
	window.Goto(s.URL + "/desk/articles/new")
	window.WaitUntil("the title is back", "document.querySelector('[name=title]').value === 'Roses in November'")

	window.Click("[data-draft-discard]")

	window.WaitUntil("the form is empty", "document.querySelector('[name=title]').value === '' && !document.querySelector('[data-draft-discard]')")
	discardChanges(window)
	window.Goto(s.URL + "/desk/articles/new")
	window.WaitFor("#article-form")
	if got := browsertest.Eval[string](window, "document.querySelector('[name=title]').value"); got != "" {
		t.Errorf("the title is back again: %q", got)
	}
}

// discardChanges removes edited forms, so that the browser doesn't ask for
// confirmation before leaving the page.
func discardChanges(window *browsertest.Window) {
	browsertest.Eval[bool](window, "(document.querySelectorAll('form[data-unsaved]').forEach((form) => form.remove()), true)")
}

func TestForms_restoreATextWithoutJavaScript(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	editor := s.signIn(t, ada)
	form := editor.Get("/desk/articles/new")
	s.endSessionsOf(t, ada)

	failed := editor.Submit(form, "#article-form", map[string]string{"title": "Roses in <November>", "body": "\nThey bloom\n\n*until* the frost."})
	if failed.Status != http.StatusUnauthorized || failed.Find("a[data-new-tab][target=_blank][href^='/sign-in']").Length() != 1 {
		t.Fatalf("status %d, want a link to sign in in a new tab: %s", failed.Status, failed.Find("main").Text())
	}
	editor.Post("/sign-in", url.Values{"email": {ada}, "password": {samplePassword}})
	saved := editor.Submit(failed, "form[data-resubmit]", nil)

	if got := saved.Find("#article-form [name=body]").Text(); saved.Status != http.StatusOK || strings.TrimSpace(got) != "They bloom\n\n*until* the frost." {
		t.Errorf("status %d at %s, the text is %q", saved.Status, saved.Path, got)
	}
	if got := saved.Find("#article-form [name=title]").AttrOr("value", ""); got != "Roses in <November>" {
		t.Errorf("the title is %q", got)
	}
}

func TestForms_neverRestoreAPassword(t *testing.T) {
	t.Parallel()
	s := startSite(t)

	failed := apptest.NewClient(t, s.URL).Post("/account/password", url.Values{"current_password": {"a secret of mine"}, "new_password": {"another one"}})

	if body, _ := failed.Html(); failed.Status != http.StatusUnauthorized || strings.Contains(body, "secret of mine") || strings.Contains(body, "another one") {
		t.Errorf("status %d: %s", failed.Status, failed.Find("main").Text())
	}
}

func TestForms_submitOnceOnADoubleClick(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	window := browsertest.Open(t)
	s.signInWith(window, ada)
	window.Goto(s.URL + "/desk/articles/new")
	window.Fill("[name=title]", "Only once")
	window.Fill("[name=body]", "Words.")

	states := browsertest.Eval[[]string](window, `(() => {
		let sent = 0;
		addEventListener("submit", (event) => event.defaultPrevented || sent++);
		const button = document.querySelector("`+saveButton+`");
		button.click();
		button.click();
		return [String(sent), button.getAttribute("aria-disabled"), button.form.getAttribute("aria-busy")];
	})()`)

	if strings.Join(states, " ") != "1 true true" {
		t.Errorf("submissions, disabled, busy = %q, want one submission and a disabled, busy button", states)
	}
	window.WaitForText("h1", "Edit “Only once”")
	if n := s.countArticles(t, "Only once"); n != 1 {
		t.Errorf("the desk lists the article %d times, want 1", n)
	}
}

func TestForms_goingBackSubmitsNothingTwice(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	window := browsertest.Open(t)
	s.signInWith(window, ada)
	window.Goto(s.URL + "/desk/articles/new")
	window.Fill("[name=title]", "Back and forth")
	window.Fill("[name=body]", "Words.")
	window.Click(saveButton)
	window.WaitForText("h1", "Edit “Back and forth”")
	window.Click("#article-form button[formaction$='/publish']")
	window.WaitForText("article h1", "Back and forth")

	browsertest.Eval[bool](window, "(history.back(), true)")
	window.WaitForText("h1", "Edit “Back and forth”")
	window.WaitFor("a[href='/articles/back-and-forth']") // the page as it is now: published
	browsertest.Eval[bool](window, "(history.back(), true)")
	window.WaitForText("h1", "New article")
	browsertest.Eval[bool](window, "(history.go(2), true)")
	window.WaitForText("article h1", "Back and forth")

	if n := s.countArticles(t, "Back and forth"); n != 1 {
		t.Errorf("the desk lists the article %d times, want 1", n)
	}
}

func TestForms_focusTheErrorAndKeepTheInput(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	window := browsertest.Open(t)
	window.AllowErrors("422")
	s.signInWith(window, ada)
	window.Goto(s.URL + "/desk/articles/new")
	window.Fill("[name=title]", " ")
	window.Fill("[name=summary]", "A summary that stays.")
	window.Fill("[name=body]", "Words that stay.")

	window.Click(saveButton)

	window.WaitForText("#field-title-error", "Enter a title")
	window.WaitUntil("the field has the focus", "document.activeElement.id === 'field-title'")
	described := browsertest.Eval[bool](window, "document.querySelector('#field-title').getAttribute('aria-describedby').includes('field-title-error')")
	kept := browsertest.Eval[[]string](window, "['summary', 'body'].map((name) => document.querySelector(`[name=${name}]`).value)")
	if !described || strings.Join(kept, "|") != "A summary that stays.|Words that stay." {
		t.Errorf("described: %v; kept: %q", described, kept)
	}
}

func TestForms_warnBeforeLeavingUnsavedChanges(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	window := browsertest.Open(t)
	s.signInWith(window, ada)
	window.Goto(s.URL + "/desk/articles/new")
	warns := func() bool {
		return browsertest.Eval[bool](window, "!window.dispatchEvent(new Event('beforeunload', {cancelable: true}))")
	}

	if warns() {
		t.Error("an unchanged form warns before leaving")
	}
	window.Fill("[name=title]", "Roses")
	if !warns() {
		t.Error("a changed form does not warn before leaving")
	}
	window.Click(saveButton)
	window.WaitForText("h1", "Edit “Roses”")
	if warns() {
		t.Error("a saved form warns before leaving")
	}
}
