package main

import (
	"os"
	"path/filepath"
	"testing"
)

// Two people use a generated feature in real browsers.
func TestFeature_worksInTwoBrowsers(t *testing.T) {
	if !*alone {
		t.Skip("./task check:matrix")
	}
	t.Parallel()
	s := newScratch(t)
	s.apply(s.plan("feature bookmarks --fields title:string,url:url,note:text?"))
	content, err := os.ReadFile("testdata/bookmarks_browser_test.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	write(t, s.root, "cmd/web/bookmarks_browser_test.go", string(content))
	dist, err := filepath.Abs("../../web/dist")
	if err != nil {
		t.Fatal(err)
	}
	s.run("cp", "-R", dist, "web/")

	s.run("go", "test", "./cmd/web", "-count=1", "-run", "^TestBookmarks_updateInTwoBrowsers$")
}
