package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrate applies all migrations of fsys that the database does not have yet,
// in the order of their numbers, each file in its own transaction unless
// it says otherwise. Any number of processes may call it at once: one applies
// the migrations, the others wait and find nothing left to do. A migration with
// a number below one that is already applied is applied too, since two branches
// may add migrations at the same time.
//
// Its error contains the file's name and the server's error; what was applied
// before stays. Two files with the same number fail before anything is applied,
// with the names of both. A database that has newer migrations than fsys is left
// unchanged.
func Migrate(ctx context.Context, db *DB, fsys fs.FS) error {
	return withGoose(db, fsys, func(provider *goose.Provider) error {
		_, err := provider.Up(ctx)
		if partial, ok := errors.AsType[*goose.PartialError](err); ok && partial.Failed.Source.Path != "" {
			return fmt.Errorf("%s: %w", partial.Failed.Source.Path, partial.Err)
		}
		return err
	})
}

// PendingMigrations counts the migrations of fsys that the database does not
// have. It makes one read-only query, so it may be called often.
func PendingMigrations(ctx context.Context, db *DB, fsys fs.FS) (int, error) {
	pending := 0
	err := withGoose(db, fsys, func(provider *goose.Provider) error {
		applied, err := appliedVersions(ctx, db)
		if err != nil {
			return err
		}
		for _, source := range provider.ListSources() {
			if !applied[source.Version] {
				pending++
			}
		}
		return nil
	})
	return pending, err
}

func withGoose(db *DB, fsys fs.FS, use func(*goose.Provider) error) error {
	if err := checkNumbers(fsys); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	std := stdlib.OpenDBFromPool(db.pool)
	defer std.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, std, fsys,
		goose.WithSessionLocker(migrationLock{}),
		goose.WithAllowOutofOrder(true),
		goose.WithDisableGlobalRegistry(true))
	if errors.Is(err, goose.ErrNoMigrations) {
		return nil
	}
	if err == nil {
		err = use(provider)
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", translate(err))
	}
	return nil
}

// checkNumbers exists because goose names neither both files nor the remedy.
func checkNumbers(fsys fs.FS) error {
	files, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return err
	}
	named := map[int64]string{}
	for _, file := range files {
		number, err := goose.NumericComponent(file)
		if err != nil {
			continue // goose reports it
		}
		if other, taken := named[number]; taken {
			return fmt.Errorf("%s and %s have the same number: rename the one that no database has yet, to the number of `date -u +%%Y%%m%%d%%H%%M%%S`", other, file)
		}
		named[number] = file
	}
	return nil
}

const undefinedTable = "42P01"

func appliedVersions(ctx context.Context, db *DB) (map[int64]bool, error) {
	// goose adds a row with is_applied = false when a migration is rolled back.
	got, err := db.Query(ctx, `select distinct on (version_id) version_id, is_applied
		from goose_db_version order by version_id, id desc`)
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok && answer.Code == undefinedTable {
		return nil, nil // nothing was ever applied
	}
	if err != nil {
		return nil, err
	}
	applied := map[int64]bool{}
	var version int64
	var is bool
	_, err = pgx.ForEachRow(got, []any{&version, &is}, func() error {
		applied[version] = is
		return nil
	})
	return applied, err
}

// migrationLock serializes migrating processes with an advisory lock. It polls
// instead of waiting inside the server, because a session that waits there holds
// a snapshot, and a migration that creates an index concurrently waits for every
// older snapshot: the two would wait for each other.
type migrationLock struct{}

const (
	migrationLockID       = 4097083626 // goose's own, so that its command is locked out too
	migrationLockInterval = 50 * time.Millisecond
)

var _ lock.SessionLocker = migrationLock{}

func (migrationLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	for {
		var locked bool
		if err := conn.QueryRowContext(ctx, `select pg_try_advisory_lock($1)`, migrationLockID).Scan(&locked); err != nil {
			return fmt.Errorf("take the migration lock: %w", err)
		}
		if locked {
			return nil
		}
		select {
		case <-time.After(migrationLockInterval):
		case <-ctx.Done():
			return fmt.Errorf("wait for the migration lock: %w", ctx.Err())
		}
	}
}

func (migrationLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, `select pg_advisory_unlock($1)`, migrationLockID); err != nil {
		return fmt.Errorf("release the migration lock: %w", err)
	}
	return nil
}
