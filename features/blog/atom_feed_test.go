package blog_test

import (
	"encoding/xml"
	"net/http"
	"testing"
	"time"

	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/features/blog"
)

// feedDocument is the feed as a feed reader parses it.
type feedDocument struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Links   []struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	} `xml:"link"`
	Entries []struct {
		ID    string `xml:"id"`
		Title string `xml:"title"`
		Link  struct {
			Href string `xml:"href,attr"`
		} `xml:"link"`
		Published string `xml:"published"`
		Updated   string `xml:"updated"`
		Author    string `xml:"author>name"`
		Summary   string `xml:"summary"`
	} `xml:"entry"`
}

func (s *site) feed(t testing.TB, header http.Header) (*http.Response, feedDocument) {
	t.Helper()
	response, body := s.request(t, visitor, http.MethodGet, "/feed.xml", nil, header)
	var feed feedDocument
	if response.StatusCode == http.StatusOK {
		if err := xml.Unmarshal([]byte(body), &feed); err != nil {
			t.Fatalf("the feed isn't XML: %v\n%s", err, body)
		}
	}
	return response, feed
}

func TestAtomFeed_listsArticlesWithAbsoluteURLs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.draft(t, "Draft")
	s.publish(t, s.draft(t, "First"))
	article := s.publish(t, s.draft(t, "Leaves <&> light \x01"))

	response, feed := s.feed(t, nil)

	if got := response.Header.Get("Content-Type"); got != "application/atom+xml; charset=utf-8" {
		t.Errorf("Content-Type is %q", got)
	}
	if feed.ID != "https://pergola.example/" || feed.Title == "" || feed.Updated != article.PublishedAt.Format(time.RFC3339) {
		t.Errorf("the feed is %+v", feed)
	}
	if len(feed.Links) != 2 || feed.Links[0].Rel != "self" || feed.Links[0].Href != "https://pergola.example/feed.xml" {
		t.Errorf("the links are %+v", feed.Links)
	}
	if len(feed.Entries) != 2 {
		t.Fatalf("there are %d entries, want 2", len(feed.Entries))
	}
	entry := feed.Entries[0]
	if entry.ID != "urn:uuid:"+article.ID || entry.Title != "Leaves <&> light \ufffd" || entry.Author != "Ada" || entry.Summary == "" ||
		entry.Link.Href != "https://pergola.example/articles/leaves-and-light" || entry.Published != article.PublishedAt.Format(time.RFC3339) {
		t.Errorf("the first entry is %+v", entry)
	}
}

func TestAtomFeed_isValidWithoutArticles(t *testing.T) {
	t.Parallel()

	response, feed := newSite(t).feed(t, nil)

	if response.StatusCode != http.StatusOK || len(feed.Entries) != 0 || feed.Updated == "" {
		t.Errorf("status %d, feed %+v", response.StatusCode, feed)
	}
}

func TestAtomFeed_answersNotModified(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.publish(t, s.draft(t, "First"))
	fresh, _ := s.feed(t, nil)
	condition := http.Header{"If-None-Match": {fresh.Header.Get("ETag")}}

	if response, _ := s.feed(t, condition); response.StatusCode != http.StatusNotModified {
		t.Errorf("status is %d, want 304", response.StatusCode)
	}
	s.retitle(t, article, "Second")
	if response, feed := s.feed(t, condition); response.StatusCode != http.StatusOK || feed.Entries[0].Title != "Second" {
		t.Errorf("after a change the status is %d, with %+v", response.StatusCode, feed)
	}
	if got := fresh.Header.Get("Cache-Control"); got != "public, max-age=300" {
		t.Errorf("Cache-Control is %q", got)
	}
}

// The most recent change in the feed is then older than before.
func TestAtomFeed_omitsUnpublishedArticles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish(t, s.draft(t, "First"))
	article := s.publish(t, s.draft(t, "Second"))
	fresh, _ := s.feed(t, nil)
	if _, err := s.UnpublishArticle(authtest.As(t, ada), blog.UnpublishArticleInput{ID: article.ID, Version: article.Version}); err != nil {
		t.Fatal(err)
	}

	for name, condition := range map[string]http.Header{
		"by tag":      {"If-None-Match": {fresh.Header.Get("ETag")}},
		"by its time": {"If-Modified-Since": {fresh.Header.Get("Last-Modified")}},
		"by our time": {"If-Modified-Since": {time.Now().UTC().Format(http.TimeFormat)}},
	} {
		if response, feed := s.feed(t, condition); response.StatusCode != http.StatusOK || len(feed.Entries) != 1 || feed.Entries[0].Title != "First" {
			t.Errorf("%s: answered %d with %+v", name, response.StatusCode, feed)
		}
	}
}
