package mail_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/mail"
	"example.com/pergola/core/mail/mailtest"
)

// reader is a transport that records whether it can read what the transaction
// of a message wrote.
type reader struct {
	db   *database.DB
	rows chan int
}

func (r reader) Send(ctx context.Context, _ mail.Message) error {
	var rows int
	err := r.db.QueryRow(ctx, "select count(*) from notes").Scan(&rows)
	r.rows <- rows
	return err
}

func TestBackground_sendsAfterTheCommit(t *testing.T) {
	t.Parallel()
	db, errRollback := databasetest.Empty(t), errors.New("roll back")
	if _, err := db.Exec(t.Context(), "create table notes (text text)"); err != nil {
		t.Fatal(err)
	}
	transport := reader{db, make(chan int, 2)}
	sender := mail.NewBackground(transport, slog.New(slog.DiscardHandler))
	note := func(ctx context.Context) error {
		_, err := db.Exec(ctx, "insert into notes values ('new')")
		return errors.Join(err, sender.Send(ctx, newMessage(nil)))
	}

	committed := db.InTx(t.Context(), note)
	rolledBack := db.InTx(t.Context(), func(ctx context.Context) error { return errors.Join(note(ctx), errRollback) })
	stopped := sender.Stop(t.Context())

	if committed != nil || !errors.Is(rolledBack, errRollback) || stopped != nil {
		t.Fatalf("got %v, %v and %v, want only the rollback's error", committed, rolledBack, stopped)
	}
	if n := len(transport.rows); n != 1 {
		t.Fatalf("sent %d emails, want the committed one", n)
	}
	if rows := <-transport.rows; rows != 1 {
		t.Errorf("the email was sent when %d rows were stored, want after the commit", rows)
	}
}

func TestBackground_rejectsInvalidMessagesAndLogsFailures(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	transport := mailtest.NewRecorder()
	transport.Fail(errors.New("connection lost"))
	sender := mail.NewBackground(transport, slog.New(slog.NewTextHandler(&log, nil)))

	if err := sender.Send(t.Context(), mail.Message{}); !errors.Is(err, mail.ErrRejected) {
		t.Errorf("Send = %v, want ErrRejected", err)
	}
	if err := sender.Send(t.Context(), newMessage(nil)); err != nil {
		t.Errorf("Send = %v", err)
	}
	if err := errors.Join(sender.Start(t.Context()), sender.Stop(t.Context())); err != nil {
		t.Fatal(err)
	}

	if !strings.Contains(log.String(), "connection lost") || strings.Contains(log.String(), "Hello Ada") {
		t.Errorf("got the log %q", log.String())
	}
}

// stuck does not return before it is released.
type stuck struct{ release chan struct{} }

func (s stuck) Send(context.Context, mail.Message) error { <-s.release; return nil }

func TestBackground_stopFailsWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		transport := stuck{make(chan struct{})}
		sender := mail.NewBackground(transport, slog.New(slog.DiscardHandler))
		if err := sender.Send(t.Context(), newMessage(nil)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		if err := sender.Stop(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Stop = %v, want context.Canceled", err)
		}
		close(transport.release)
	})
}
