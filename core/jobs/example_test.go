package jobs_test

import (
	"context"
	"fmt"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
)

type SendDigest struct {
	ReaderID string `json:"readerId" validate:"required"`
}

// SendDigestJob sends one reader the articles of the week.
// Rows carry this name: never change it.
var SendDigestJob = jobs.Define[SendDigest]("notifications.send_digest", jobs.MaxAttempts(5))

func Example() {
	notifications := feature.Manifest{Name: "notifications", Parts: []feature.Part{
		jobs.Jobs{SendDigestJob},
		jobs.Handlers{jobs.Handle(SendDigestJob, func(_ context.Context, job SendDigest) error {
			fmt.Println("Digest for", job.ReaderID)
			return nil
		})},
		jobs.Schedules{jobs.Schedule(SendDigestJob, jobs.Cron("0 7 * * MON", "Europe/Berlin"), SendDigest{ReaderID: "everyone"})},
	}}
	enqueue := func(ctx context.Context, db *database.DB) error {
		queue, err := jobs.NewWorker(db, jobs.WorkerOptions{})
		if err != nil {
			return err
		}
		if err := queue.Register([]feature.Manifest{notifications}); err != nil {
			return err
		}
		if err := queue.Start(ctx); err != nil {
			return err
		}
		if err := SendDigestJob.Enqueue(ctx, queue, SendDigest{ReaderID: "ada"}, jobs.At(time.Now().AddDate(0, 0, 1))); err != nil {
			return err
		}
		return queue.Stop(ctx)
	}
	_ = enqueue // needs a database
}
