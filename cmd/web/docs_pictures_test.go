package main

import (
	"testing"

	"example.com/pergola/core/app/browsertest"
)

// TestPictures_ofTheDocumentation takes the pictures of the main pages.
func TestPictures_ofTheDocumentation(t *testing.T) {
	if !*pictures {
		t.Skip("only with -pictures: ./task screenshots")
	}
	s := startSite(t, builtAssets(t))
	window := browsertest.Open(t)
	window.Goto(s.URL + "/")
	article := browsertest.Eval[string](window, "document.querySelector('#feed > li h2 a').pathname")
	for _, page := range []struct{ name, path, who string }{
		{"front-page", "/", ""}, {"article", article, ""}, {"desk", "/desk", ada}, {"editor", editorOf(t, s.signIn(t, ada), "published"), ""},
	} {
		if page.who != "" {
			s.signInWith(window, page.who)
		}
		for _, look := range looks {
			window.Resize(look.width, look.height)
			window.ColorScheme(look.scheme)
			window.Goto(s.URL + page.path)
			window.WaitFor(live)
			takePicture(t, window, "../../docs/images/"+page.name+look.suffix+".png", look.height)
		}
	}
}
