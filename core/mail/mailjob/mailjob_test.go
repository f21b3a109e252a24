package mailjob_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/jobs/jobstest"
	"example.com/pergola/core/mail"
	"example.com/pergola/core/mail/mailjob"
	"example.com/pergola/core/mail/mailtest"
	"example.com/pergola/migrations"
)

var hello = mail.Message{To: "ada@example.com", Subject: "Hello", Text: "Hello Ada.", HTML: "<p>Hello Ada.</p>"}

func TestSender_enqueuesInTheTransaction(t *testing.T) {
	t.Parallel()
	queue, db, errRollback := jobstest.NewRecorder(), databasetest.Empty(t), errors.New("roll back")
	sender := mailjob.NewSender(queue)

	err := db.InTx(t.Context(), func(ctx context.Context) error { return sender.Send(ctx, hello) })
	rolledBack := db.InTx(t.Context(), func(ctx context.Context) error { return errors.Join(sender.Send(ctx, hello), errRollback) })

	got := jobstest.Enqueued(queue, mailjob.SendJob)
	if err != nil || !errors.Is(rolledBack, errRollback) || len(got) != 1 || got[0].To != hello.To || got[0].HTML != hello.HTML {
		t.Fatalf("enqueued %+v, %v, %v", got, err, rolledBack)
	}
	if got[0].ID == "" {
		t.Error("the message has no ID, so that every attempt would have another")
	}
	if entry := queue.Entries()[0]; entry.Queue != "mail" || entry.MaxAttempts != 20 {
		t.Errorf("entry %+v", entry)
	}
}

func TestSender_rejectsInvalidMessages(t *testing.T) {
	t.Parallel()
	queue := jobstest.NewRecorder()

	err := mailjob.NewSender(queue).Send(t.Context(), mail.Message{To: "nobody"})

	if !errors.Is(err, mail.ErrRejected) || len(queue.Entries()) != 0 {
		t.Errorf("Send = %v, %d jobs", err, len(queue.Entries()))
	}
}

// The largest message fits into a job, even if JSON escapes all of it.
func TestSender_acceptsTheLargestMessage(t *testing.T) {
	t.Parallel()
	queue := jobstest.NewRecorder()
	large := hello
	large.Text, large.HTML = strings.Repeat("<", mail.MaxBody), strings.Repeat("&", mail.MaxBody)

	if err := mailjob.NewSender(queue).Send(t.Context(), large); err != nil {
		t.Errorf("Send = %v", err)
	}
}

func TestJob_sendsTheMessage(t *testing.T) {
	t.Parallel()
	transport := mailtest.NewRecorder()
	message := hello
	message.ID = "digest-1"

	err := jobstest.Work(t, mailjob.Manifest(transport), mailjob.SendJob, message)

	if got := transport.Sent(); err != nil || len(got) != 1 || got[0] != message {
		t.Errorf("sent %+v, %v", got, err)
	}
}

func TestJob_hidesTheMessageInErrors(t *testing.T) {
	t.Parallel()
	for _, failure := range []error{errors.New("connection lost"), mail.ErrRejected} {
		transport := mailtest.NewRecorder()
		transport.Fail(failure)

		err := jobstest.Work(t, mailjob.Manifest(transport), mailjob.SendJob, hello)

		if !errors.Is(err, failure) || strings.Contains(err.Error(), "Hello Ada") {
			t.Errorf("the job fails with %v", err)
		}
	}
}

func TestJob_isNotRetriedAfterAPermanentRejection(t *testing.T) {
	t.Parallel()
	for failure, attempts := range map[error]int{mail.ErrRejected: 1, errors.New("connection lost"): 20} {
		transport := mailtest.NewRecorder()
		transport.Fail(failure)
		worker := jobstest.Run(t, databasetest.New(t, migrations.FS), mailjob.Manifest(transport))

		err := mailjob.NewSender(worker).Send(t.Context(), hello)
		jobstest.Drain(t, worker)

		failed, listErr := worker.List(t.Context(), jobs.Query{State: jobs.Failed})
		if err != nil || listErr != nil || len(failed) != 1 || failed[0].Attempts != attempts {
			t.Errorf("after %q: %+v, %v, %v; want one failed job after %d attempts", failure, failed, err, listErr, attempts)
		}
		if failed[0].Payload != nil {
			t.Error("administrators can see the email")
		}
	}
}
