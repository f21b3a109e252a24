package migrations

import "example.com/shop/features/catalog" // want `migrations import feature catalog: write the migration in SQL only`

type books = catalog.Books
