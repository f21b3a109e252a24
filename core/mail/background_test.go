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
	"example.com/pergola/core/mail"
	"example.com/pergola/core/mail/mailtest"
)

func TestBackground_sendsAfterTheCommit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		carrier := mailtest.NewRecorder()
		sender := mail.NewBackground(carrier, slog.New(slog.DiscardHandler))
		tx, errBack := database.NewMemory(), errors.New("back")

		err := tx.InTx(t.Context(), func(ctx context.Context) error {
			err := sender.Send(ctx, letter(nil))
			synctest.Wait()
			if got := len(carrier.Sent()); got != 0 {
				t.Errorf("%d letters before the commit", got)
			}
			return err
		})
		back := tx.InTx(t.Context(), func(ctx context.Context) error { return errors.Join(sender.Send(ctx, letter(nil)), errBack) })
		synctest.Wait()

		if got := len(carrier.Sent()); err != nil || !errors.Is(back, errBack) || got != 1 {
			t.Errorf("%d letters, %v, %v, want the one that was committed", got, err, back)
		}
	})
}

func TestBackground_refusesAtOnceAndLogsWhatFails(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	carrier := mailtest.NewRecorder()
	carrier.Fail(errors.New("the cable is cut"))
	sender := mail.NewBackground(carrier, slog.New(slog.NewTextHandler(&log, nil)))

	if err := sender.Send(t.Context(), mail.Message{}); !errors.Is(err, mail.ErrRefused) {
		t.Errorf("Send = %v, want ErrRefused", err)
	}
	if err := sender.Send(t.Context(), letter(nil)); err != nil {
		t.Errorf("Send = %v", err)
	}
	if err := errors.Join(sender.Start(t.Context()), sender.Stop(t.Context())); err != nil {
		t.Fatal(err)
	}

	if !strings.Contains(log.String(), "the cable is cut") || strings.Contains(log.String(), "Hello Ada") {
		t.Errorf("the log says %q", log.String())
	}
}

// stuck never ends.
type stuck struct{ release chan struct{} }

func (s stuck) Send(context.Context, mail.Message) error { <-s.release; return nil }

func TestBackground_stopsWithoutWhatIsStuck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		carrier := stuck{make(chan struct{})}
		sender := mail.NewBackground(carrier, slog.New(slog.DiscardHandler))
		if err := sender.Send(t.Context(), letter(nil)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		if err := sender.Stop(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Stop = %v, want the end of the context", err)
		}
		close(carrier.release)
	})
}
