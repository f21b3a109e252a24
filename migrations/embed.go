// Package migrations holds the database's schema as a sequence of steps.
//
// A file is named <UTC timestamp>_<owner>_<what>.sql and written for goose: the
// change is under `-- +goose Up`, the way back under `-- +goose Down`.
//
//	20261123080306_accounts_users.sql
//	20261123080711_blog_articles.sql
//
// The timestamp says when the file was written, to the second:
// `date -u +%Y%m%d%H%M%S`. Two branches, and the template and a project, so
// never use the same number, and a migration that arrives with a merge is
// applied even if later ones already are. Two files with the same number stop
// the program at start, with the names of both: rename the one that no database
// has yet.
//
// The owner is the feature, or the package of core, whose tables the file
// creates; their names begin with the owner's. A migration doesn't change
// another owner's tables or reference them by foreign key. An owner publishes
// what others may read as a view, as accounts publishes auth_users.
//
// Never change a file after it was released; fix a mistake in the next one.
// Each file runs in a transaction of its own; one that can't (create index
// concurrently) says `-- +goose NO TRANSACTION`. The previous version of the
// program may still be serving while a migration runs: add first, remove in a
// later release.
//
// Run applies the migrations, and Pending counts the missing ones.
package migrations

import "embed"

// FS holds every migration, by the name of its file.
//
//go:embed *.sql
var FS embed.FS
