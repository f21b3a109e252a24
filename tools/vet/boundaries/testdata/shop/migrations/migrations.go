package migrations

import "example.com/shop/features/catalog" // want `migrations import the feature catalog: a migration is SQL that stays as it is`

type books = catalog.Books
