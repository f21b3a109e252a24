package main

import (
	"slices"
	"strings"
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/app/browsertest"
	_ "example.com/pergola/features/blog" // the pages under test
)

func (s *site) blogTour(t *testing.T) []round {
	t.Helper()
	editor := s.signIn(t, ada)
	article := editor.Get("/").Find("#feed > li h2 a").First().AttrOr("href", "")
	draft, published := editorPath(t, editor, "draft"), editorPath(t, editor, "published")
	return []round{
		{"", []stop{{"article", article, nil}}},
		{ada, []stop{
			{"desk", "/desk", waitLive},
			{"new-article", "/desk/articles/new", nil},
			{"new-article-rejected", "/desk/articles/new", writeWithoutTitle},
			{"edit-draft", draft, waitPreview},
			{"edit-published", published, waitPreview},
			{"dialog", draft, openDialog},
		}},
	}
}

func TestBlogPages_areAccessibleAndFit(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	s.wantAccessible(t, s.blogTour(t))
}

func TestBlogPages_describeThemselves(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	s.wantDescribed(t, slices.Concat(s.tour(t), s.blogTour(t)))
}

func waitPreview(window *browsertest.Window) { window.WaitFor("#preview article") }

func writeWithoutTitle(window *browsertest.Window) {
	window.Fill("[name=title]", " ")
	window.Fill("[name=body]", "Words.")
	window.Click("#article-form button[type=submit]:not([formaction])")
	window.WaitFor("[data-form-errors]")
	forgetChanges(window)
}

// forgetChanges replaces edited forms with copies, so that the browser doesn't ask
// for confirmation before leaving the page.
func forgetChanges(window *browsertest.Window) {
	window.WaitUntil("the page is loaded", "document.readyState === 'complete'")
	browsertest.Eval[bool](window, "(sessionStorage.clear(), document.querySelectorAll('form[data-unsaved]').forEach((form) => form.replaceWith(form.cloneNode(true))), true)")
}

func openDialog(window *browsertest.Window) {
	window.Click("[data-dialog=delete-article]")
	window.WaitFor("dialog[open]")
}

// editorPath returns the path of the editor of an article in the given state.
func editorPath(t *testing.T, editor *apptest.Client, state string) string {
	t.Helper()
	desk := editor.Get("/desk?state=" + state)
	path := desk.Find("#desk-list th a").First().AttrOr("href", "")
	if !strings.HasPrefix(path, "/desk/articles/") {
		t.Fatalf("the desk has no %s article: %s", state, desk.Find("main").Text())
	}
	return path
}
