package catalog

import (
	"context"

	"example.com/shop/core/database"
	"example.com/shop/core/events"
	"example.com/shop/core/observe"
)

type Book struct{ ID string }

type ReadBook func(ctx context.Context, id string) (Book, error)

func NewReadBook(books *Books) ReadBook {
	return observe.UseCase("catalog.read_book", func(ctx context.Context, id string) (Book, error) {
		return books.Find(ctx, id)
	})
}

type SaveBook func(ctx context.Context, id string) error

func NewSaveBook(db *database.DB, books *Books, outbox events.Outbox) SaveBook {
	return observe.Command("catalog.save_book", func(ctx context.Context, id string) error {
		return db.InTx(ctx, func(ctx context.Context) error {
			if err := books.Save(ctx, Book{ID: id}); err != nil {
				return err
			}
			return BookSavedEvent.Publish(ctx, outbox, BookSaved{ID: id})
		})
	})
}
