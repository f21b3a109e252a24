package databasetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Names of the databases that this package creates. It owns every database with
// these names and may drop it.
const (
	testPrefix     = "pergola_test_"
	templatePrefix = "pergola_template_"
)

const templateLock = 7236458201 // an arbitrary number, shared by all processes that create templates

// createMigrated copies the template with these migrations, creating the
// template first if necessary.
func (s *server) createMigrated(ctx context.Context, migrations fs.FS) (string, error) {
	template, err := templateName(migrations)
	if err != nil {
		return "", err
	}
	if err := s.ensureTemplateOnce(template, migrations); err != nil {
		return "", err
	}
	name, err := s.create(ctx, template)
	if missing(err) { // the tests of another checkout, with other migrations, dropped it
		if err := s.ensureTemplate(template, migrations); err != nil {
			return "", err
		}
		return s.create(ctx, template)
	}
	return name, err
}

func (s *server) createEmpty(ctx context.Context) (string, error) { return s.create(ctx, "template0") }

// create copies the template's files, which for small databases in memory is
// faster than copying through the write-ahead log.
func (s *server) create(ctx context.Context, template string) (string, error) {
	name := fmt.Sprintf("%s%016x_%d", testPrefix, s.run, s.count.Add(1))
	_, err := s.admin.Exec(ctx, "create database "+name+" template "+template+" strategy file_copy")
	return name, err
}

func (s *server) drop(name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if err := s.awaitDisconnect(ctx, name); err != nil {
		return err
	}
	_, err := s.admin.Exec(ctx, "drop database if exists "+name+" with (force)")
	return err
}

// awaitDisconnect gives the server the moment it needs to notice that the last
// connection was closed. DROP DATABASE would notice too, but checks only every
// 100 milliseconds.
func (s *server) awaitDisconnect(ctx context.Context, name string) error {
	const tries = 50
	for range tries {
		var connected bool
		err := s.admin.QueryRow(ctx, "select exists (select from pg_stat_activity where datname = $1)", name).Scan(&connected)
		if err != nil || !connected {
			return err
		}
		time.Sleep(time.Millisecond)
	}
	return nil // someone else is connected: the drop is forced
}

func (s *server) ensureTemplateOnce(name string, migrations fs.FS) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.templates[name] {
		return nil
	}
	if err := s.ensureTemplate(name, migrations); err != nil {
		return err
	}
	s.templates[name] = true
	return nil
}

// ensureTemplate creates the template for these migrations unless it exists. It
// is created under another name and renamed when it is complete.
func (s *server) ensureTemplate(name string, migrations fs.FS) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*timeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx) // which also releases the lock
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", int64(templateLock)); err != nil {
		return err
	}
	var exists bool
	err = conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&exists)
	if err != nil || exists {
		return err
	}
	return s.makeTemplate(ctx, conn, name, migrations)
}

func (s *server) makeTemplate(ctx context.Context, conn *pgx.Conn, name string, migrations fs.FS) error {
	if s.embedded {
		if err := dropTemplates(ctx, conn); err != nil {
			return err
		}
	}
	draft := name + "_new"
	if err := run(ctx, conn, "drop database if exists "+draft+" with (force)", "create database "+draft); err != nil {
		return err
	}
	if err := migrate(ctx, s.urlOf(draft), migrations); err != nil {
		return err
	}
	return run(ctx, conn,
		"alter database "+draft+" allow_connections false", // a template in use cannot be copied
		"alter database "+draft+" rename to "+name)
}

// dropTemplates drops the templates of earlier migrations.
func dropTemplates(ctx context.Context, conn *pgx.Conn) error {
	names, err := databases(ctx, conn, templatePrefix)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := run(ctx, conn, "drop database if exists "+name+" with (force)"); err != nil {
			return err
		}
	}
	return nil
}

// templateName contains a hash of the migrations.
func templateName(fsys fs.FS) (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(fsys, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(fsys, path)
		fmt.Fprintf(hash, "%s %d\n%s", path, len(text), text)
		return err
	})
	return fmt.Sprintf("%s%x", templatePrefix, hash.Sum(nil)[:8]), err
}

// dropLeftovers drops the databases of runs that ended without doing so. It runs
// in the background; the next run drops what it does not get to.
func (s *server) dropLeftovers() {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return
	}
	defer conn.Close(ctx)
	names, err := databases(ctx, conn, testPrefix)
	if err != nil {
		return
	}
	for _, name := range names {
		var run int64
		if _, err := fmt.Sscanf(strings.TrimPrefix(name, testPrefix), "%016x_", &run); err != nil {
			continue
		}
		_ = dropOfEndedRun(ctx, conn, name, run)
	}
}

func dropOfEndedRun(ctx context.Context, conn *pgx.Conn, name string, number int64) error {
	var ended bool
	if err := conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", number).Scan(&ended); err != nil || !ended {
		return err
	}
	defer conn.Exec(ctx, "select pg_advisory_unlock($1)", number)
	return run(ctx, conn, "drop database if exists "+name+" with (force)")
}

func databases(ctx context.Context, conn *pgx.Conn, prefix string) ([]string, error) {
	rows, err := conn.Query(ctx, "select datname from pg_database where starts_with(datname, $1)", prefix)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func run(ctx context.Context, conn *pgx.Conn, statements ...string) error {
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// missing reports whether the error says that the database does not exist.
func missing(err error) bool {
	answer, ok := errors.AsType[*pgconn.PgError](err)
	return ok && answer.Code == "3D000"
}
