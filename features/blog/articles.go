package blog

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
)

// Articles is what blog asks of storage. Every method joins the transaction in
// the context; each fails with fault.Unavailable when storage does not answer.
type Articles interface {
	// Add stores a new article, at version 1. It fails with fault.Conflict if
	// there is one with this id.
	Add(ctx context.Context, article *Article) error

	// Save stores a changed article and counts its Version up. It fails with
	// fault.Conflict if another version is stored, or none.
	Save(ctx context.Context, article *Article) error

	// Remove deletes an article with all its slugs. It fails with
	// fault.Conflict if another version is stored, or none.
	Remove(ctx context.Context, id string, version int) error

	// Find fails with fault.NotFound if there is no article with this id.
	Find(ctx context.Context, id string) (Article, error)

	// FindBySlug finds the article that has this slug, or had it once: compare
	// Article.Slug. It fails with fault.NotFound.
	FindBySlug(ctx context.Context, slug string) (Article, error)

	// ListPublished is what readers see, last published first, after the
	// cursor.
	ListPublished(ctx context.Context, after Cursor, limit int) ([]Teaser, error)

	// ListForDesk is what editors see, last changed first, after the cursor;
	// only articles of the state, if one is given.
	ListForDesk(ctx context.Context, state State, after Cursor, limit int) ([]DeskEntry, error)

	// ClaimSlug takes the wanted slug for an article, or the first numbered one
	// that no other article has or had. The article itself may follow within
	// the same transaction.
	ClaimSlug(ctx context.Context, articleID, wanted string) (string, error)

	// ReleaseSlug gives a slug back.
	ReleaseSlug(ctx context.Context, slug string) error
}

// findSeen finds an article that is about to be changed. It fails with
// fault.Conflict unless it is still at the version that the editor saw.
func findSeen(ctx context.Context, articles Articles, id string, version int) (Article, error) {
	article, err := articles.Find(ctx, id)
	if err != nil {
		return Article{}, err
	}
	return article, article.seenAt(version)
}

// unlessHad is the article if a change was refused with fault.Conflict because
// it was made before, and the refusal if not. A form may arrive twice: the
// second time there is nothing left to do, and nothing to complain of.
func unlessHad(ctx context.Context, articles Articles, id string, refusal error, had func(Article) bool) (Article, error) {
	if fault.KindOf(refusal) != fault.Conflict {
		return Article{}, refusal
	}
	article, err := articles.Find(ctx, id)
	if err != nil || !had(article) {
		return Article{}, refusal
	}
	return article, nil
}

// storedTime is the present as storage keeps it: in UTC, to the microsecond.
func storedTime(now feature.Clock) time.Time { return now().UTC().Truncate(time.Microsecond) }

// Teaser is what the reading list shows of an article.
type Teaser struct {
	ID          string
	Slug        string
	Title       string
	Excerpt     string
	AuthorID    string
	AuthorName  string
	PublishedAt time.Time
	ChangedAt   time.Time
}

// URL is the path of the article's page.
func (t Teaser) URL() string { return articleURL(t.Slug) }

// DeskEntry is what the desk's list shows of an article.
type DeskEntry struct {
	ID         string
	Slug       string
	Title      string
	AuthorName string
	State      State
	Version    int
	LastChange Change
}

// Cursor is a place in a list that is sorted by time: the item with this time
// and id is behind it. The zero Cursor is the top of the list. Unlike a page
// number it stays right while items are added at the top.
type Cursor struct {
	At time.Time
	ID string
}

// before reports whether an item is further down the list than the cursor.
func (c Cursor) before(at time.Time, id string) bool {
	return c.ID == "" || at.Before(c.At) || at.Equal(c.At) && id < c.ID
}

// String is the cursor for an address; "" for the top of the list.
func (c Cursor) String() string {
	if c.ID == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(c.At.UnixMicro(), 36) + "." + c.ID))
}

// ParseCursor reads what String made. It fails with fault.Invalid, naming the
// field "after".
func ParseCursor(text string) (Cursor, error) {
	if text == "" {
		return Cursor{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return Cursor{}, errBadCursor()
	}
	at, id, _ := strings.Cut(string(raw), ".")
	micros, err := strconv.ParseInt(at, 36, 64)
	cursor := Cursor{At: time.UnixMicro(micros).UTC(), ID: id}
	if err != nil || !isID(id) || cursor.At.Year() < 1 || cursor.At.Year() > 9999 {
		return Cursor{}, errBadCursor()
	}
	return cursor, nil
}

// What every implementation says.
func errNoArticle() error { return fault.NotFound.New("There is no such article.") }
func errArticleExists() error {
	return fault.Conflict.New("This article was saved before, with other words.")
}
func errArticleChanged() error {
	return fault.Conflict.New("This article was changed or deleted by someone else in the meantime.")
}

func errBadCursor() error {
	return fault.InvalidFields(fault.Field{Name: "after", Message: "This is no place in the list. Begin again at the top."})
}

// isID reports whether there may be an article with this id. Storage holds
// UUIDs in their usual form, and addresses hold anything.
func isID(id string) bool { return len(id) == 36 && uuid.Validate(id) == nil }
