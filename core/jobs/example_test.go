package jobs_test

import (
	"context"
	"fmt"
	"time"

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
			fmt.Println("A digest for", job.ReaderID)
			return nil
		})},
		jobs.Schedules{jobs.Schedule(SendDigestJob, jobs.Cron("0 7 * * MON", "Europe/Berlin"), SendDigest{ReaderID: "everybody"})},
	}}
	ctx := context.Background()
	queue := jobs.NewMemory(jobs.MemoryOptions{})
	if err := queue.Seal([]feature.Manifest{notifications}); err != nil {
		fmt.Println(err)
	}
	if err := queue.Start(ctx); err != nil {
		fmt.Println(err)
	}

	_ = SendDigestJob.Enqueue(ctx, queue, SendDigest{ReaderID: "ada"})
	_ = SendDigestJob.Enqueue(ctx, queue, SendDigest{ReaderID: "grace"}, jobs.At(time.Now().AddDate(0, 0, 1)))

	_ = queue.Drain(ctx)
	_ = queue.Stop(ctx)
	// Output: A digest for ada
}
