package catalog

import (
	"context"

	"example.com/shop/core/database"
)

// Books is a store.
type Books struct{ db *database.DB }

func NewBooks(db *database.DB) *Books { return &Books{db} }

const bookColumns = `select id, title from catalog_books b`

func (b *Books) Save(ctx context.Context, book Book) error {
	_, err := b.db.Exec(ctx, `
		with old as (select id, extract(epoch from at) from catalog_books where title is distinct from $2 for update)
		insert into catalog_books (id, title) values ($1, 'from users')
		on conflict (id) do update set title = excluded.title -- and nothing from elsewhere
		returning (select count(*) from old, unnest($3::text[]) as x)`, book.ID)
	return err
}

func (b *Books) Find(ctx context.Context, id string) (Book, error) {
	return Book{}, b.db.QueryRow(ctx, bookColumns+` join catalog_shelves s on s.book = b.id where b.id = $1`, id).Scan()
}

// please update the books from time to time: prose is not a statement
const advice = "update the books from time to time"
