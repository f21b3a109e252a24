package mail_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/mail"
	"example.com/pergola/core/mail/mailtest"
)

func TestBackground_sendsAfterTheCommit(t *testing.T) {
	t.Parallel()
	transport, errRollback := mailtest.NewRecorder(), errors.New("roll back")
	sender := mail.NewBackground(transport, slog.New(slog.DiscardHandler))
	db := databasetest.Empty(t)

	err := db.InTx(t.Context(), func(ctx context.Context) error {
		err := sender.Send(ctx, newMessage(nil))
		if stopErr := sender.Stop(t.Context()); stopErr != nil || len(transport.Sent()) != 0 { // waits for what is being sent
			t.Errorf("%d emails before the commit, %v", len(transport.Sent()), stopErr)
		}
		sender = mail.NewBackground(transport, slog.New(slog.DiscardHandler))
		return errors.Join(err, sender.Send(ctx, newMessage(nil)))
	})
	rolledBack := db.InTx(t.Context(), func(ctx context.Context) error {
		return errors.Join(sender.Send(ctx, newMessage(nil)), errRollback)
	})
	if err := sender.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}

	if got := len(transport.Sent()); err != nil || !errors.Is(rolledBack, errRollback) || got != 1 {
		t.Errorf("%d emails, %v, %v, want the one that was committed", got, err, rolledBack)
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
