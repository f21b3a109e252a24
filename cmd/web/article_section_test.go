package main

import (
	"testing"

	"example.com/pergola/core/app/apptest"
	_ "example.com/pergola/features/blog"          // the page under test
	_ "example.com/pergola/features/notifications" // the section under test
)

// The blog doesn't know notifications: they fill the slot on its page.
func TestSite_notificationsAppearOnTheArticlePage(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	reader := s.signIn(t, grace)
	article := reader.Get("/").Find("a[href^='/articles/']").AttrOr("href", "")
	page := reader.Get(article)
	apptest.WantText(t, page, "#new-articles button", "Turn off")

	off := reader.Submit(page, "#new-articles form", nil)

	if off.Path != article {
		t.Errorf("the form leads to %s, want back to %s", off.Path, article)
	}
	apptest.WantText(t, off, "#new-articles button", "Notify me")
	apptest.WantCount(t, reader.Get("/notifications"), "#preferences [name=new_articles][checked]", 0)
	apptest.WantCount(t, apptest.NewClient(t, s.URL).Get(article), "#new-articles", 0)
}
