package database_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/fault"
)

func TestInTx_reportsAnUnknownCommitOutcome(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		lostAt faultyMoment
		stored []string
	}{
		"the commit is lost on the way to the server": {beforeCommit, nil},
		"the answer is lost on the way back":          {afterCommit, []string{"a"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			direct := databasetest.Empty(t)
			_, err := direct.Exec(t.Context(), "create table notes (text text)")
			wantNoError(t, err)
			faulty := openThrough(t, databasetest.URL(t, direct), c.lostAt)
			ran, doubted := false, 0

			err = faulty.InTx(t.Context(), func(ctx context.Context) error {
				database.AfterCommit(ctx, func(context.Context) { ran = true })
				database.InDoubt(ctx, func(context.Context) { doubted++ })
				return notes{faulty}.Add(ctx, "a")
			})

			if !errors.Is(err, database.ErrCommitUnknown) || !errors.Is(err, fault.Unavailable) {
				t.Errorf("got the error %v, want ErrCommitUnknown as a fault.Unavailable", err)
			}
			if ran {
				t.Error("AfterCommit ran although the outcome of the commit is unknown")
			}
			if doubted != 1 {
				t.Errorf("InDoubt ran %d times, want once", doubted)
			}
			wantNotes(t, notes{direct}, c.stored...)
		})
	}
}

func TestInTx_returnsTheServersErrorFromACommit(t *testing.T) {
	t.Parallel()
	tx, notes := newNotes(t)

	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		wantNoError(t, notes.Add(ctx, "same"))
		return notes.Add(ctx, "same") // the constraint is deferred: checked by the commit
	})

	if !database.IsUniqueViolation(err, "notes_text_key") || errors.Is(err, database.ErrCommitUnknown) {
		t.Errorf("got the error %v, want the unique violation", err)
	}
	wantNotes(t, notes)
}

func TestInTx_doesNotCommitAfterAFailedStatement(t *testing.T) {
	t.Parallel()
	tx, notes := newNotes(t)

	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		wantNoError(t, notes.Add(ctx, "a"))
		_, _ = tx.Exec(ctx, "select 1/0")
		return nil
	})

	if !errors.Is(err, database.ErrRollbackOnly) || !errors.Is(err, pgx.ErrTxCommitRollback) {
		t.Errorf("got the error %v, want ErrRollbackOnly", err)
	}
	wantNotes(t, notes)
}

func TestInTx_releasesItsConnection(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t, database.WithMaxConns(1))
	endings := map[string]func(context.Context) error{
		"commit":   func(context.Context) error { return nil },
		"error":    func(context.Context) error { return errFn },
		"panic":    func(context.Context) error { panic("in the function") },
		"canceled": func(context.Context) error { return nil },
		"open query": func(ctx context.Context) error {
			_, err := db.Query(ctx, "select generate_series(1, 1000)")
			return err
		},
	}
	for name, ending := range endings {
		ctx, cancel := context.WithCancel(t.Context())
		recovered(func() {
			_ = db.InTx(ctx, func(ctx context.Context) error {
				if name == "canceled" {
					cancel()
				}
				return ending(ctx)
			})
		})
		cancel()

		if err := db.Ping(t.Context()); err != nil { // with the only connection
			t.Errorf("%s: the connection was not released: %v", name, err)
		}
	}
}

func TestInTx_doesNotCommitWhileRowsAreOpen(t *testing.T) {
	t.Parallel()
	tx, notes := newNotes(t)

	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		wantNoError(t, notes.Add(ctx, "a"))
		_, err := tx.Query(ctx, "select generate_series(1, 10)")
		return err
	})

	if !errors.Is(err, database.ErrRollbackOnly) {
		t.Errorf("got the error %v, want ErrRollbackOnly", err)
	}
	wantNotes(t, notes)
}

func TestInTx_reportsNoDoubtWhenTheConnectionIsLostBeforeTheCommit(t *testing.T) {
	t.Parallel()
	tx, notes := newNotes(t)

	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		_, _ = tx.Exec(ctx, "select pg_terminate_backend(pg_backend_pid())")
		return nil
	})

	if !errors.Is(err, fault.Unavailable) || errors.Is(err, database.ErrCommitUnknown) {
		t.Errorf("got the error %v, want fault.Unavailable and not ErrCommitUnknown", err)
	}
	wantNotes(t, notes)
}

type faultyMoment int

const (
	beforeCommit faultyMoment = iota
	afterCommit
)

// openThrough opens the database through a proxy that drops the connection at a commit.
func openThrough(t *testing.T, address string, lostAt faultyMoment) *database.DB {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	host := target.Host
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go carry(client, host, lostAt)
		}
	}()
	target.Host = listener.Addr().String()
	db, err := database.Open(t.Context(), target.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// carry copies bytes in both directions until the client sends its commit.
func carry(client net.Conn, host string, lostAt faultyMoment) {
	defer client.Close()
	server, err := net.Dial("tcp4", host)
	if err != nil {
		return
	}
	defer server.Close()
	answers := &answers{to: client}
	go func() {
		_, _ = io.Copy(answers, server) // until the server has ended the session
		client.Close()
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		if !bytes.Contains(buffer[:n], []byte("commit\x00")) {
			if _, err := server.Write(buffer[:n]); err != nil {
				return
			}
			continue
		}
		if lostAt == beforeCommit {
			return
		}
		answers.lost.Store(true)
		_, _ = server.Write(buffer[:n])
		_, _ = server.Write([]byte{'X', 0, 0, 0, 4}) // end the session when that is done
	}
}

// answers forwards responses to the client until they must be dropped.
type answers struct {
	to   io.Writer
	lost atomic.Bool
}

func (a *answers) Write(p []byte) (int, error) {
	if a.lost.Load() {
		return len(p), nil
	}
	return a.to.Write(p)
}
