package catalog

import (
	"context"

	"example.com/shop/core/events"
	"example.com/shop/core/jobs"
)

var (
	BookSavedEvent = events.Define[BookSaved]("catalog.book.saved")
	CountBooksJob  = jobs.Define[CountBooks]("catalog.count_books")
)

type (
	BookSaved  struct{ ID string }
	CountBooks struct{}
)

func (f *Feature) onBookSaved(ctx context.Context, saved BookSaved) error {
	return f.SaveBook(ctx, saved.ID)
}

func (f *Feature) countBooks(ctx context.Context, _ CountBooks) error { return nil }
