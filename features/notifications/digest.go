package notifications

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"example.com/pergola/features/blog"
)

// Digest is what one reader has missed in one week.
type Digest struct {
	Week          Week
	From, Until   time.Time // of which it tells: from one midnight to another, on the clocks of the zone
	Articles      []blog.Teaser
	Announcements []Notification
}

// empty reports whether there is nothing to tell.
func (d Digest) empty() bool { return len(d.Articles)+len(d.Announcements) == 0 }

// tellsOf reports whether this was in the week.
func (d Digest) tellsOf(at time.Time) bool { return !at.Before(d.From) && at.Before(d.Until) }

// composeDigest finds what is news to a reader: articles of others that are
// public now, and announcements, but for what the reader was told of and has
// read.
func composeDigest(ctx context.Context, readerID string, week Week, zone *time.Location, inboxes Inboxes, listArticles blog.ListArticles) (digest Digest, err error) {
	digest.Week = week
	if digest.From, digest.Until, err = week.span(zone); err != nil {
		return Digest{}, fmt.Errorf("read the week: %w", err)
	}
	told, err := inboxes.List(ctx, readerID, "", KeptPerReader)
	if err != nil {
		return Digest{}, err
	}
	read := map[string]bool{}
	for _, notification := range told {
		switch {
		case !notification.Unread():
			read[notification.SourceID] = true
		case notification.Kind == KindAnnouncement && digest.tellsOf(notification.At):
			digest.Announcements = append(digest.Announcements, notification)
		}
	}
	articles, err := articlesSince(ctx, listArticles, digest.From)
	for _, article := range articles {
		if digest.tellsOf(article.PublishedAt) && !read[article.ID] && article.AuthorID != readerID {
			digest.Articles = append(digest.Articles, article)
		}
	}
	return digest, err
}

// articlesSince are those that are public, the latest first.
func articlesSince(ctx context.Context, listArticles blog.ListArticles, from time.Time) (found []blog.Teaser, err error) {
	for after := ""; ; {
		page, err := listArticles(ctx, blog.ListArticlesInput{After: after})
		if err != nil {
			return nil, fmt.Errorf("find the articles of the week: %w", err)
		}
		for _, article := range page.Articles {
			if article.PublishedAt.Before(from) {
				return found, nil
			}
			found = append(found, article)
		}
		if after = page.Next; after == "" {
			return found, nil
		}
	}
}

// A key is 52 letters and digits, of which each has 32 possibilities.
const (
	keyLength   = 52
	keyAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
)

func newKey() string { return rand.Text() + rand.Text() }
