package notifications

import (
	"context"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/mail"
	"example.com/pergola/core/observe"
)

// PlanDigests enqueues a SendDigestJob for each reader whose digest of the week
// is due: for one batch of readers, and a job that does the next batch. It joins
// the transaction in the context. Where no mail is sent it does nothing.
type PlanDigests func(ctx context.Context, in PlannedDigests) error

// NewPlanDigests makes the use case.
func NewPlanDigests(digests Digests, queue jobs.Queue, sender mail.Sender, zone feature.Zone, now feature.Clock) PlanDigests {
	return observe.Command("notifications.plan_digests", func(ctx context.Context, in PlannedDigests) error {
		if mail.IsOff(sender) {
			return nil
		}
		if in.Week == "" {
			in.Week = weekOf(now(), zone.Location())
		}
		due, err := digests.Due(ctx, in.Week, in.After, ReadersPerBatch)
		if err != nil {
			return err
		}
		for _, readerID := range due {
			digest := SendDigest{ReaderID: readerID, Week: in.Week}
			if err := SendDigestJob.Enqueue(ctx, queue, digest, jobs.UniqueBy(string(in.Week)+" "+readerID)); err != nil {
				return err
			}
		}
		if len(due) < ReadersPerBatch {
			return nil
		}
		return PlanDigestsJob.Enqueue(ctx, queue, PlannedDigests{Week: in.Week, After: due[len(due)-1]})
	})
}
