package apptest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// Finder is a page or part of one: a Page, a goquery.Document or a Selection.
type Finder interface {
	Find(selector string) *goquery.Selection
}

// WantStatus checks the status of a page.
func WantStatus(t testing.TB, page Page, status int) {
	t.Helper()
	if page.Status != status {
		t.Errorf("%s: status %d, want %d:\n%s", page.Path, page.Status, status, page.Find("main").Text())
	}
}

// WantText checks the text of the elements that match the selector, with whitespace
// collapsed.
func WantText(t testing.TB, in Finder, selector, want string) {
	t.Helper()
	if got := strings.Join(strings.Fields(in.Find(selector).Text()), " "); got != want {
		t.Errorf("text of %s is %q, want %q", selector, got, want)
	}
}

// WantAttr checks an attribute of the first element that matches the selector.
func WantAttr(t testing.TB, in Finder, selector, attribute, want string) {
	t.Helper()
	if got := in.Find(selector).AttrOr(attribute, "(none)"); got != want {
		t.Errorf("%s of %s is %q, want %q", attribute, selector, got, want)
	}
}

// WantCount checks how many elements match the selector.
func WantCount(t testing.TB, in Finder, selector string, want int) {
	t.Helper()
	if got := in.Find(selector).Length(); got != want {
		t.Errorf("%d elements match %s, want %d", got, selector, want)
	}
}

// Status sends a request without a body and returns the status of the response. It
// does not follow redirects.
func (c *Client) Status(method, path string) int {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.baseURL+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, cookie := range c.Cookies() {
		request.AddCookie(cookie)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}
