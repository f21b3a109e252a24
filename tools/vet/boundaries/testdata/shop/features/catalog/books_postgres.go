package catalog

import (
	"context"

	"example.com/shop/core/database"
)

type postgresBooks struct{ db *database.DB }

func NewPostgresBooks(db *database.DB) Books { return postgresBooks{db} }

const bookColumns = `select id, title from catalog_books b`

func (p postgresBooks) Save(ctx context.Context, book Book) error {
	_, err := p.db.Exec(ctx, `
		with old as (select id, extract(epoch from at) from catalog_books where title is distinct from $2 for update)
		insert into catalog_books (id, title) values ($1, 'from users')
		on conflict (id) do update set title = excluded.title -- and nothing from elsewhere
		returning (select count(*) from old, unnest($3::text[]) as x)`, book.ID)
	return err
}

func (p postgresBooks) Find(ctx context.Context, id string) (Book, error) {
	return Book{}, p.db.QueryRow(ctx, bookColumns+` join catalog_shelves s on s.book = b.id where b.id = $1`, id).Scan()
}
