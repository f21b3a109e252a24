package main

import (
	"net/http"
	"testing"

	"example.com/pergola/core/app/apptest"
	_ "example.com/pergola/features/blog" // the forms under test
)

func TestHostile_rejectsMalformedArticles(t *testing.T) {
	t.Parallel()
	s := startSite(t, fromAddresses)
	s.wantMalformedFormsRejected(t, map[string]string{"/desk/articles": "an editor"})
}

func TestHostile_rejectsTooLargeArticles(t *testing.T) {
	t.Parallel()
	s := startSite(t, fromAddresses)
	s.wantTooLargeFormsRejected(t, map[string]string{
		"/desk/articles": "an editor",
		"/desk/articles/0190a000-0000-7000-8000-00000000dead":         "an editor",
		"/desk/articles/0190a000-0000-7000-8000-00000000dead/preview": "an editor",
	})
}

func TestSecurityHeaders_areOnFragmentsAndFeeds(t *testing.T) {
	t.Parallel()
	s := startSite(t, inProduction, builtAssets(t))
	fragment := s.ask(t, nil, http.MethodGet, "/?fragment=feed", "", header{"HX-Request", "true"})
	feed := s.ask(t, nil, http.MethodGet, "/feed.xml", "")

	for kind, got := range map[string]answer{"a fragment": fragment, "a feed": feed} {
		if got.Status != http.StatusOK {
			t.Errorf("%s: status %d, want 200", kind, got.Status)
		}
		wantSecurityHeaders(t, kind, got)
		wantContentType(t, kind, got)
	}
	if cache := fragment.Header.Get("Cache-Control"); cache != "no-store" {
		t.Errorf("a fragment: Cache-Control %q, want no-store", cache)
	}
}

func TestSecurityHeaders_letTheBlogWork(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	s.wantPagesWork(t, s.welcomeArticle(t), "/desk", "/desk/articles/new")
}

// welcomeArticle returns the path of the newest sample, which has the site's name in it.
func (s *site) welcomeArticle(t *testing.T) string {
	t.Helper()
	return apptest.NewClient(t, s.URL).Get("/").Find("#feed > li:first-of-type h2 a").AttrOr("href", "/no-article")
}
