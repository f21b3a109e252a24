package main

import (
	"testing"

	"example.com/pergola/core/app/browsertest"
	_ "example.com/pergola/features/blog" // the pages under test
)

// A printed article has no controls.
func TestPrint_containsOnlyTheArticle(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	window := browsertest.Open(t)
	window.Goto(s.URL + "/")
	window.Click("#feed h2 a")
	window.WaitFor("article .prose")
	window.WaitFor(connected)

	window.OnPaper()

	for _, element := range []string{"body > header", "body > footer", "article footer", "#messages", "[data-connection-state]"} {
		if browsertest.Eval[bool](window, "document.querySelector('"+element+"')?.checkVisibility() ?? false") {
			t.Errorf("%s is printed", element)
		}
	}
	colors := browsertest.Eval[[]string](window, "['h1', '.prose p'].map((e) => getComputedStyle(document.querySelector('article ' + e)).color).concat(getComputedStyle(document.body).backgroundColor)")
	if colors[0] != "rgb(0, 0, 0)" || colors[1] != "rgb(0, 0, 0)" || colors[2] != "rgb(255, 255, 255)" {
		t.Errorf("the heading, the text and the paper are %q, want black on white", colors)
	}
	if *screenshots != "" {
		window.Screenshot(*screenshots + "/print.png")
	}
}
