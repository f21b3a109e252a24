package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	_ "example.com/pergola/features/blog" // the pages under test
)

// Every page that links lead to, for everybody: it is there, nothing in it runs
// but files of ours, nothing comes from elsewhere, and no token is in it.
func TestHostile_everyLinkedPageFollowsTheRules(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	publishWicked(t, s.signIn(t, ada))
	for who, client := range everybody(t, s) {
		token := "no token"
		if client != nil {
			token = client.Cookies()[0].Value
		}
		queue, seen := []string{"/", "/account", "/desk", "/admin/users"}, map[string]bool{}
		for len(queue) > 0 && len(seen) < 150 {
			path := queue[0]
			queue = queue[1:]
			if seen[path] {
				continue
			}
			seen[path] = true
			got := s.ask(t, client, http.MethodGet, path, "", header{"Accept", "text/html"})
			wantOrderly(t, who+" gets "+path, got)
			if got.Status == http.StatusNotFound {
				t.Errorf("%s gets %s, which is linked and not there", who, path)
			}
			if strings.Contains(got.Body, token) || strings.Contains(got.Header.Get("Location"), token) {
				t.Errorf("%s gets %s: the session's token is in it", who, path)
			}
			page := got.page(t)
			checkNothingRuns(t, who+" gets "+path, page)
			checkNothingIsForeign(t, who+" gets "+path, page)
			queue = append(queue, linksOf(page, path)...)
		}
		if len(seen) < 15 {
			t.Errorf("%s gets only %d pages", who, len(seen))
		}
	}
}

// linksOf are the addresses of this site that a page leads to.
func linksOf(page *goquery.Document, path string) (links []string) {
	base, err := url.Parse(path)
	if err != nil {
		return nil
	}
	for _, link := range page.Find("a[href]").EachIter() {
		target, err := base.Parse(link.AttrOr("href", ""))
		if err == nil && target.Host == "" && target.Scheme == "" && strings.HasPrefix(target.Path, "/") {
			links = append(links, target.RequestURI())
		}
	}
	return links
}

// checkNothingIsForeign: what a page loads comes from this site, so that no
// other can change it or learn of it.
func checkNothingIsForeign(t *testing.T, where string, page *goquery.Document) {
	t.Helper()
	for _, element := range page.Find("script[src], link[rel=stylesheet], link[rel=icon], link[rel=preload], img[src]").EachIter() {
		address := element.AttrOr("src", element.AttrOr("href", ""))
		inArticle := element.Closest(".prose").Length() > 0 // which the policy keeps from loading anything foreign
		if !inArticle && (!strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//")) {
			t.Errorf("%s: loads %s from elsewhere", where, address)
		}
	}
}
