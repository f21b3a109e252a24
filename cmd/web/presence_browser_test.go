package main

import (
	"net/http"
	"net/url"
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/app/browsertest"
	_ "example.com/pergola/features/blog" // the pages under test
)

func TestBrowser_showsTheNumberOfReaders(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	publish(t, s.signIn(t, ada), "Read by two")
	visitor, reader := browsertest.Open(t), browsertest.Open(t)
	s.signInWith(reader, grace)

	visitor.Goto(s.URL + "/articles/read-by-two")
	visitor.WaitForText("#readers", "1 reading now")
	reader.Goto(s.URL + "/articles/read-by-two")

	visitor.WaitForText("#readers", "2 reading now")
	reader.WaitForText("#readers", "2 reading now")
	second := reader.Tab()
	second.Goto(s.URL + "/articles/read-by-two")
	second.WaitForText("#readers", "2 reading now") // two tabs are one reader

	second.Goto(s.URL + "/sign-in")
	reader.Goto(s.URL + "/")
	visitor.WaitForText("#readers", "1 reading now")
}

func TestBrowser_warnsTwoEditorsOfOneDraft(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	grantEditor(t, s.signIn(t, alan), grace)
	first, second := browsertest.Open(t), browsertest.Open(t)
	s.signInWith(first, ada)
	s.signInWith(second, grace)
	editor := s.signIn(t, ada)
	draft := editor.Submit(editor.Get("/desk/articles/new"), "#article-form", map[string]string{"title": "Written by two", "body": "Words."})

	first.Goto(s.URL + draft.Path)
	first.WaitFor(connected)
	first.WaitUntil("alone, without a warning", "!document.querySelector('#other-editors strong')")
	first.Mark()
	second.Goto(s.URL + draft.Path)

	first.WaitForText("#other-editors", "Grace Hopper has this article open too.")
	second.WaitForText("#other-editors", "Ada Lovelace has this article open too.")

	second.Goto(s.URL + "/desk")
	second.WaitForText("#desk-editors", "Written by two")
	first.WaitUntil("the warning is gone", "!document.querySelector('#other-editors strong')")
	if first.Reloaded() {
		t.Error("the first editor's page was reloaded")
	}
}

// grantEditor grants the editor role on the users page.
func grantEditor(t *testing.T, admin *apptest.Client, email string) {
	t.Helper()
	users := admin.Get("/admin/users?" + url.Values{"q": {email}}.Encode())
	action := users.Find("form[action$='/roles/grant']").First().AttrOr("action", "")
	if page := admin.Post(action, url.Values{"role": {"editor"}}); action == "" || page.Status != http.StatusOK {
		t.Fatalf("grant: %d %s", page.Status, page.Find("main").Text())
	}
}
