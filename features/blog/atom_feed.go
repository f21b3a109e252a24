package blog

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"time"

	"example.com/pergola/core/feature"
)

// atomFeed is an Atom 1.0 document, with absolute URLs.
type atomFeed struct{ document []byte }

func newAtomFeed(articles []Teaser, base feature.BaseURL) (atomFeed, error) {
	document := atomDocument{
		ID:    base.Absolute("/"),
		Title: "Pergola",
		Links: []atomLink{
			{Rel: "self", Type: "application/atom+xml", Href: base.Absolute("/feed.xml")},
			{Rel: "alternate", Type: "text/html", Href: base.Absolute("/")},
		},
	}
	changed := time.Unix(0, 0).UTC() // of an empty feed
	for _, article := range articles {
		document.Entries = append(document.Entries, atomEntryOf(article, base))
		if article.ChangedAt.After(changed) {
			changed = article.ChangedAt
		}
	}
	document.Updated = atomTime(changed)
	encoded, err := xml.MarshalIndent(document, "", "  ")
	if err != nil {
		return atomFeed{}, fmt.Errorf("encode the feed: %w", err)
	}
	return atomFeed{append([]byte(xml.Header), encoded...)}, nil
}

// etag is weak, because the application may compress the response. It is the only
// validator: the time of the most recent change goes back when that article is
// unpublished.
func (f atomFeed) etag() string {
	sum := sha256.Sum256(f.document)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

type atomDocument struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string   `xml:"id"`
	Title     string   `xml:"title"`
	Link      atomLink `xml:"link"`
	Published string   `xml:"published"`
	Updated   string   `xml:"updated"`
	Author    string   `xml:"author>name"`
	Summary   string   `xml:"summary"`
}

func atomEntryOf(article Teaser, base feature.BaseURL) atomEntry {
	return atomEntry{
		ID:        "urn:uuid:" + article.ID,
		Title:     article.Title,
		Link:      atomLink{Rel: "alternate", Type: "text/html", Href: base.Absolute(article.URL())},
		Published: atomTime(article.PublishedAt),
		Updated:   atomTime(article.ChangedAt),
		Author:    article.AuthorName,
		Summary:   article.Excerpt,
	}
}

func atomTime(at time.Time) string { return at.UTC().Format(time.RFC3339) }
