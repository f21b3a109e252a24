package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	_ "example.com/pergola/features/blog" // the pages under test
)

// It follows the links of the site as each kind of user. Every page exists, runs only
// our own scripts, loads nothing from other sites and contains no session token.
func TestHostile_linkedPagesExistAndLoadNothingForeign(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	publishMalicious(t, s.signIn(t, ada))
	for who, client := range usersOfEveryRole(t, s) {
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
				t.Errorf("%s gets %s: status 404, but a page links to it", who, path)
			}
			if strings.Contains(got.Body, token) || strings.Contains(got.Header.Get("Location"), token) {
				t.Errorf("%s gets %s: the response contains the session token", who, path)
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

// linksOf returns the URLs on this site that a page links to.
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

// checkNothingIsForeign checks that a page loads scripts, styles and images only
// from this site, so that no other site can change it or track its visitors.
func checkNothingIsForeign(t *testing.T, where string, page *goquery.Document) {
	t.Helper()
	for _, element := range page.Find("script[src], link[rel=stylesheet], link[rel=icon], link[rel=preload], img[src]").EachIter() {
		address := element.AttrOr("src", element.AttrOr("href", ""))
		inArticle := element.Closest(".prose").Length() > 0 // where the Content-Security-Policy blocks foreign images
		if !inArticle && (!strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//")) {
			t.Errorf("%s: loads %s from another site", where, address)
		}
	}
}
