package mailjob_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/jobs/jobstest"
	"example.com/pergola/core/mail"
	"example.com/pergola/core/mail/mailjob"
	"example.com/pergola/core/mail/mailtest"
)

var hello = mail.Message{To: "ada@example.com", Subject: "Hello", Text: "Hello Ada.", HTML: "<p>Hello Ada.</p>"}

func TestSender_enqueuesWithTheTransaction(t *testing.T) {
	t.Parallel()
	queue, tx, errBack := jobstest.NewRecorder(), database.NewMemory(), errors.New("back")
	sender := mailjob.NewSender(queue)

	err := tx.InTx(t.Context(), func(ctx context.Context) error { return sender.Send(ctx, hello) })
	back := tx.InTx(t.Context(), func(ctx context.Context) error { return errors.Join(sender.Send(ctx, hello), errBack) })

	got := jobstest.Enqueued(queue, mailjob.SendJob)
	if err != nil || !errors.Is(back, errBack) || len(got) != 1 || got[0].To != hello.To || got[0].HTML != hello.HTML {
		t.Fatalf("enqueued %+v, %v, %v", got, err, back)
	}
	if got[0].ID == "" {
		t.Error("the message has no ID, so that every attempt would have another")
	}
	if entry := queue.Entries()[0]; entry.Queue != "mail" || entry.MaxAttempts != 20 {
		t.Errorf("entry %+v", entry)
	}
}

func TestSender_refusesWhatNoServerWillTake(t *testing.T) {
	t.Parallel()
	queue := jobstest.NewRecorder()

	err := mailjob.NewSender(queue).Send(t.Context(), mail.Message{To: "nobody"})

	if !errors.Is(err, mail.ErrRefused) || len(queue.Entries()) != 0 {
		t.Errorf("Send = %v, %d jobs", err, len(queue.Entries()))
	}
}

// The largest message fits into a job, however JSON writes it.
func TestSender_takesTheLargestMessage(t *testing.T) {
	t.Parallel()
	queue := jobstest.NewRecorder()
	large := hello
	large.Text, large.HTML = strings.Repeat("<", mail.MaxBody), strings.Repeat("&", mail.MaxBody)

	if err := mailjob.NewSender(queue).Send(t.Context(), large); err != nil {
		t.Errorf("Send = %v", err)
	}
}

func TestJob_isCarriedOut(t *testing.T) {
	t.Parallel()
	carrier := mailtest.NewRecorder()
	message := hello
	message.ID = "digest-1"

	err := jobstest.Work(t, mailjob.Manifest(carrier), mailjob.SendJob, message)

	if got := carrier.Sent(); err != nil || len(got) != 1 || got[0] != message {
		t.Errorf("sent %+v, %v", got, err)
	}
}

func TestJob_failsWithoutShowingTheLetter(t *testing.T) {
	t.Parallel()
	for _, failure := range []error{errors.New("the cable is cut"), mail.ErrRefused} {
		carrier := mailtest.NewRecorder()
		carrier.Fail(failure)

		err := jobstest.Work(t, mailjob.Manifest(carrier), mailjob.SendJob, hello)

		if !errors.Is(err, failure) || strings.Contains(err.Error(), "Hello Ada") {
			t.Errorf("the job fails with %v", err)
		}
	}
}

// What the mail server will never take is not carried there again.
func TestJob_isGivenUpWhenTheServerRefuses(t *testing.T) {
	t.Parallel()
	for failure, attempts := range map[error]int{mail.ErrRefused: 1, errors.New("the cable is cut"): 20} {
		carrier := mailtest.NewRecorder()
		carrier.Fail(failure)
		worker := jobs.NewMemory(jobs.MemoryOptions{Backoff: func(int) time.Duration { return time.Microsecond }})
		if err := errors.Join(worker.Seal([]feature.Manifest{mailjob.Manifest(carrier)}), worker.Start(t.Context())); err != nil {
			t.Fatal(err)
		}
		err := errors.Join(mailjob.NewSender(worker).Send(t.Context(), hello), worker.Drain(t.Context()))

		failures, listing := worker.Failures(t.Context())
		if err := errors.Join(err, listing, worker.Stop(t.Context())); err != nil || len(failures) != 1 || failures[0].Attempts != attempts {
			t.Errorf("after %q: %+v, %v; want one failure after %d attempts", failure, failures, err, attempts)
		}
	}
}
