// Package pagination pages through lists that are sorted by time, newest first.
//
// It uses keyset pagination: a page begins after the last item of the one
// before it, so it stays right while items are added at the top.
//
//	after, err := pagination.ParseCursor(in.After)
//	if err != nil {
//		return ArticlePage{}, err
//	}
//	articles, err := f.articles.ListPublished(ctx, after, ArticlesPerPage+1)
//	if err != nil {
//		return ArticlePage{}, err
//	}
//	page.Articles, page.Next = pagination.Cut(articles, ArticlesPerPage, Article.cursor)
//
// The store compares both columns at once, which one index serves:
//
//	at, id := after.Position()
//	… where (published_at, id) < ($1, $2) order by published_at desc, id desc limit $3
package pagination

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
)

// Cursor is a position in a list, just after the item with this time and id.
// The zero Cursor is the start of the list.
type Cursor struct {
	At time.Time
	ID string
}

// Position returns the time and id that the next items sort below. At the start
// of the list that is a position above every possible item, so that one SQL
// statement serves all pages.
func (c Cursor) Position() (at time.Time, id string) {
	if c == (Cursor{}) {
		return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff"
	}
	return c.At, c.ID
}

// String encodes the cursor for use in a URL. It returns "" for the start of
// the list.
func (c Cursor) String() string {
	if c == (Cursor{}) {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(c.At.UnixMicro(), 36) + "." + c.ID))
}

// ParseCursor decodes the result of Cursor.String. It fails with fault.Invalid,
// naming the field "after".
func ParseCursor(text string) (Cursor, error) {
	if text == "" {
		return Cursor{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return Cursor{}, errInvalidCursor()
	}
	at, id, _ := strings.Cut(string(raw), ".")
	micros, err := strconv.ParseInt(at, 36, 64)
	cursor := Cursor{At: time.UnixMicro(micros).UTC(), ID: id}
	if err != nil || !database.IsUUID(id) || cursor.At.Year() < 1 || cursor.At.Year() > 9999 {
		return Cursor{}, errInvalidCursor()
	}
	return cursor, nil
}

func errInvalidCursor() error {
	return fault.InvalidFields(fault.Field{Name: "after", Message: "This page link isn't valid. Start from the first page."})
}

// Cut returns the first size items and, if there are more, the cursor of the
// next page as text. Ask the store for size+1 items, so that Cut can tell
// whether there is a next page.
func Cut[T any](items []T, size int, cursor func(T) Cursor) (page []T, next string) {
	if len(items) <= size {
		return items, ""
	}
	return items[:size], cursor(items[size-1]).String()
}
