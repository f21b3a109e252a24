// Package migrations holds the database's schema as a sequence of steps.
//
// A file is named 0NNNN_<owner>_<what>.sql and written for goose: what to do
// stands under `-- +goose Up`, how to take it back under `-- +goose Down`.
//
//	00001_accounts_users.sql
//	00010_blog_articles.sql
//
// The number is the next free one. Two branches that number side by side are
// no harm: what is missing is applied, whatever its number. Two files with the
// same number stop the program at start.
//
// The owner is the feature, or the package of core, whose tables the file
// makes; their names begin with it. A feature changes no table of another and
// refers to none by a foreign key. What others may read is published as a view
// in the owner's file, as auth_users is.
//
// A file that was released is never changed: a mistake is mended by the next
// one. Each file runs in a transaction of its own; one that must not (create
// index concurrently) says `-- +goose NO TRANSACTION`. While it runs, the
// previous version of the program may still be serving: add first, remove in a
// later release.
//
// Run applies the migrations, Pending counts those that are missing.
package migrations

import "embed"

// FS holds every migration, by the name of its file.
//
//go:embed *.sql
var FS embed.FS
