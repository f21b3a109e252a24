package database_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/fault"
	"example.com/pergola/migrations"
)

// ways are all the ways to run a statement.
var ways = map[string]func(context.Context, *database.DB) error{
	"Exec": func(ctx context.Context, db *database.DB) error {
		_, err := db.Exec(ctx, "insert into notes (text) values ('a')")
		return err
	},
	"Query": func(ctx context.Context, db *database.DB) error {
		rows, err := db.Query(ctx, "insert into notes (text) values ('a') returning text")
		if err != nil {
			return err
		}
		_, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	},
	"QueryRow": func(ctx context.Context, db *database.DB) error {
		var text string
		return db.QueryRow(ctx, "insert into notes (text) values ('a') returning text").Scan(&text)
	},
	"Read": func(ctx context.Context, db *database.DB) error {
		var text string
		return db.Read(ctx, "insert into notes (text) values ('a') returning text").Scan(&text)
	},
	"SendBatch": func(ctx context.Context, db *database.DB) error {
		batch := new(pgx.Batch)
		batch.Queue("select 1")
		batch.Queue("insert into notes (text) values ('a')")
		return db.SendBatch(ctx, batch).Close()
	},
	"CopyFrom": func(ctx context.Context, db *database.DB) error {
		_, err := db.CopyFrom(ctx, pgx.Identifier{"notes"}, []string{"text"}, pgx.CopyFromRows([][]any{{"a"}}))
		return err
	},
}

func TestDB_usesTheTransactionOfTheContext(t *testing.T) {
	t.Parallel()
	for name, say := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, notes := newNotes(t)

			err := db.InTx(t.Context(), func(ctx context.Context) error {
				wantNoError(t, say(ctx, db))
				return errFn
			})
			if err != errFn {
				t.Errorf("got the error %v, want the function's", err)
			}
			wantNotes(t, notes)

			wantNoError(t, say(t.Context(), db))
			wantNotes(t, notes, "a")
		})
	}
}

func TestDB_isUnavailableWhenNoConnectionIsFreeInTime(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t, database.WithMaxConns(1), database.WithAcquireTimeout(10*time.Millisecond))

	err := db.InTx(t.Context(), func(context.Context) error {
		for name, say := range ways {
			if err := say(t.Context(), db); !errors.Is(err, fault.Unavailable) {
				t.Errorf("%s: got the error %v, want fault.Unavailable", name, err)
			}
		}
		err := db.InTx(t.Context(), func(context.Context) error { return nil })
		if !errors.Is(err, fault.Unavailable) {
			t.Errorf("InTx: got the error %v, want fault.Unavailable", err)
		}
		return nil
	})

	wantNoError(t, err)
}

func TestDB_isUnavailableWhileTheServerIsDown(t *testing.T) {
	t.Parallel()
	server := databasetest.NewServer(t, migrations.FS)
	db, err := database.Open(t.Context(), server.URL(), database.WithAcquireTimeout(10*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec(t.Context(), "create table notes (text text)")
	wantNoError(t, err)

	// In the middle of a transaction, and of the rows of a query.
	err = db.InTx(t.Context(), func(ctx context.Context) error {
		server.Stop()
		return ways["Exec"](ctx, db)
	})
	if !errors.Is(err, fault.Unavailable) {
		t.Errorf("in the transaction: got the error %v, want fault.Unavailable", err)
	}
	for name, say := range ways {
		err := say(t.Context(), db)
		if !errors.Is(err, fault.Unavailable) {
			t.Errorf("%s: got the error %v, want fault.Unavailable", name, err)
		}
		if message := fault.Message(err); strings.Contains(message, "127.0.0.1") {
			t.Errorf("%s: the message for the visitor mentions the network: %s", name, message)
		}
	}
	if err := db.Ping(t.Context()); !errors.Is(err, fault.Unavailable) {
		t.Errorf("Ping: got the error %v, want fault.Unavailable", err)
	}
	if _, err := database.Open(t.Context(), server.URL()); !errors.Is(err, fault.Unavailable) {
		t.Errorf("Open: got the error %v, want fault.Unavailable", err)
	} else if strings.Contains(err.Error(), passwordOf(t, server.URL())) {
		t.Errorf("Open: the error contains the password: %v", err)
	}

	server.Start()

	wantNoError(t, ways["Exec"](t.Context(), db))
}

func passwordOf(t *testing.T, url string) string {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	return config.Password
}

func TestDB_isUnavailableWhenItsConnectionIsCut(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)

	_, err := db.Exec(t.Context(), "select pg_terminate_backend(pg_backend_pid())")

	if !errors.Is(err, fault.Unavailable) {
		t.Errorf("got the error %v, want fault.Unavailable", err)
	}
	wantNoError(t, db.Ping(t.Context()))
}

func TestDB_isUnavailableWhenTheDeadlinePasses(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()

	_, err := db.Exec(ctx, "select pg_sleep(60)")

	if !errors.Is(err, fault.Unavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got the error %v, want fault.Unavailable around context.DeadlineExceeded", err)
	}
}

func TestDB_isNotUnavailableWhenTheCallerCancels(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)

	_, err := db.Exec(ctx, "select pg_sleep(60)")

	if !errors.Is(err, context.Canceled) || errors.Is(err, fault.Unavailable) {
		t.Errorf("got the error %v, want context.Canceled and no fault", err)
	}
}

func TestDB_returnsServerErrorsUnchanged(t *testing.T) {
	t.Parallel()
	db, notes := newNotes(t)
	wantNoError(t, notes.Add(t.Context(), "a"))

	var text string
	if err := db.QueryRow(t.Context(), "select text from notes where false").Scan(&text); err != pgx.ErrNoRows {
		t.Errorf("no row: got the error %v, want pgx.ErrNoRows itself", err)
	}
	err := notes.Add(t.Context(), "a")
	if !database.IsUniqueViolation(err, "") || !database.IsUniqueViolation(err, "notes_text_key") ||
		database.IsUniqueViolation(err, "another") || errors.Is(err, fault.Unavailable) {
		t.Errorf("same text: got the error %v, want a violation of notes_text_key", err)
	}
	if _, err := db.Exec(t.Context(), "select * from nowhere"); fault.KindOf(err) != fault.Internal {
		t.Errorf("wrong statement: got the error %v, want a defect", err)
	}
	wrong := strings.Replace(databasetest.URL(t, db), ":"+passwordOf(t, databasetest.URL(t, db)), ":wrong", 1)
	if _, err := database.Open(t.Context(), wrong); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("wrong password: got the error %v, want a defect: waiting does not help", err)
	}
	if _, err := database.Open(t.Context(), "postgres://me:secret@:x/"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("wrong URL: got the error %v, want one without the password", err)
	}
}

func TestDB_readsTimesInUTC(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	want := time.Date(2024, 2, 29, 12, 0, 0, 1000, time.FixedZone("", 3600))

	var got time.Time
	err := db.QueryRow(t.Context(), "select $1::timestamptz", want).Scan(&got)

	if err != nil || got != want.UTC() {
		t.Errorf("got %v and the error %v, want %v", got, err, want.UTC())
	}
}

func TestDB_limitsItsConnections(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	chosen := databasetest.Empty(t, database.WithMaxConns(3))
	inURL, err := database.Open(t.Context(), databasetest.URL(t, db)+"&pool_max_conns=5")
	if err != nil {
		t.Fatal(err)
	}
	defer inURL.Close()

	for want, db := range map[int32]*database.DB{10: db, 3: chosen, 5: inURL} {
		if got := db.Pool().Stat().MaxConns(); got != want {
			t.Errorf("got at most %d connections, want %d", got, want)
		}
	}
}

func TestDB_servesManyGoroutinesWithFewConnections(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t, database.WithMaxConns(2), database.WithAcquireTimeout(time.Minute))
	_, err := db.Exec(t.Context(), "create table notes (text text)")
	wantNoError(t, err)
	var wait sync.WaitGroup
	for range 10 {
		for name, say := range ways {
			wait.Go(func() {
				if err := say(t.Context(), db); err != nil {
					t.Errorf("%s: got the error %v, want none", name, err)
				}
			})
		}
	}
	wait.Wait()

	if n := db.Pool().Stat().AcquiredConns(); n != 0 {
		t.Errorf("%d connections were not released, want 0", n)
	}
}

func TestQuery_alwaysReleasesItsConnection(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t, database.WithMaxConns(1))
	endings := map[string]func(pgx.Rows){
		"read to the end": func(rows pgx.Rows) {
			for rows.Next() {
			}
		},
		"closed early":    func(rows pgx.Rows) { rows.Next(); rows.Close() },
		"scan that fails": func(rows pgx.Rows) { rows.Next(); var wrong time.Time; _ = rows.Scan(&wrong) },
	}
	for name, end := range endings {
		rows, err := db.Query(t.Context(), "select generate_series(1, 10)")
		wantNoError(t, err)
		end(rows)

		if n := db.Pool().Stat().AcquiredConns(); n != 0 {
			t.Errorf("%s: %d connections were not released, want 0", name, n)
		}
	}
	if _, err := db.Query(t.Context(), "select * from nowhere"); err == nil {
		t.Error("a query that fails: got no error")
	}
	wantNoError(t, db.Ping(t.Context()))
}
