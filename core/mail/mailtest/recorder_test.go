package mailtest_test

import (
	"context"
	"errors"
	"testing"

	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/mail"
	"example.com/pergola/core/mail/mailtest"
)

var hello = mail.Message{To: "ada@example.com", Subject: "Hello", Text: "Hello Ada."}

func TestRecorder_recordsAfterTheCommit(t *testing.T) {
	t.Parallel()
	recorder := mailtest.NewRecorder()

	err := databasetest.Empty(t).InTx(t.Context(), func(ctx context.Context) error {
		if err := recorder.Send(ctx, hello); err != nil {
			return err
		}
		if got := recorder.Sent(); len(got) != 0 {
			t.Errorf("before the commit: got %v, want nothing", got)
		}
		return nil
	})

	if got := recorder.SentTo("ada@example.com"); err != nil || len(got) != 1 || got[0] != hello {
		t.Errorf("got %v and error %v, want the message", got, err)
	}
	if got := recorder.SentTo("grace@example.com"); len(got) != 0 {
		t.Errorf("got %v for another address, want nothing", got)
	}
}

func TestRecorder_recordsNothingAfterARollback(t *testing.T) {
	t.Parallel()
	recorder := mailtest.NewRecorder()
	failure := errors.New("server down")

	err := databasetest.Empty(t).InTx(t.Context(), func(ctx context.Context) error {
		return errors.Join(recorder.Send(ctx, hello), failure)
	})

	if !errors.Is(err, failure) || len(recorder.Sent()) != 0 {
		t.Errorf("got %v and error %v, want nothing", recorder.Sent(), err)
	}
}

func TestRecorder_rejectsInvalidMessagesAndFails(t *testing.T) {
	t.Parallel()
	recorder := mailtest.NewRecorder()
	failure := errors.New("server down")

	if err := recorder.Send(t.Context(), mail.Message{To: "nobody"}); !errors.Is(err, mail.ErrRejected) {
		t.Errorf("an invalid message: got %v, want ErrRejected", err)
	}
	recorder.Fail(failure)
	if err := recorder.Send(t.Context(), hello); !errors.Is(err, failure) {
		t.Errorf("got %v, want %v", err, failure)
	}
	recorder.Fail(nil)
	if err := recorder.Send(t.Context(), hello); err != nil || len(recorder.Sent()) != 1 {
		t.Errorf("got %v and %v, want the message", err, recorder.Sent())
	}
}
