package main

import (
	"testing"

	"example.com/pergola/core/app/browsertest"
)

// TestPictures_ofTheReadme takes the two pictures of the README: an editor about
// to publish, and the page of a reader a moment later.
func TestPictures_ofTheReadme(t *testing.T) {
	if !*pictures {
		t.Skip("only with -pictures: ./task screenshots")
	}
	const width, height = 1000, 1140
	s := startSite(t, builtAssets(t))
	editor, reader := browsertest.Open(t), browsertest.Open(t)
	for _, window := range []*browsertest.Window{editor, reader} {
		window.Resize(width, height)
	}
	s.signInWith(editor, ada)
	s.signInWith(reader, grace)
	reader.Goto(s.URL + "/")
	reader.WaitFor(connected)

	editor.Goto(s.URL + "/desk/articles/new")
	editor.Fill("[name=title]", "The first frost")
	editor.Fill("[name=summary]", "What to bring inside, what to cover, and what to leave alone.")
	editor.Fill("[name=body]", "Bring the *lemon trees* inside before the first clear night.")
	editor.WaitForText("#preview em", "lemon trees")
	editor.Click("#article-form button:not([formaction])")
	editor.WaitFor("#article-form button[formaction$='/publish']")
	takePicture(t, editor, "../../docs/images/publish.png", height)
	editor.Click("#article-form button[formaction$='/publish']")

	reader.WaitForText("#feed > li:first-of-type h2", "The first frost")
	takePicture(t, reader, "../../docs/images/live.png", height)
}
