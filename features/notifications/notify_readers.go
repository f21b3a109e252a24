package notifications

import (
	"context"
	"fmt"

	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
	"example.com/pergola/features/accounts"
)

// ReadersPerBatch is how many readers are told of something in one
// transaction, by one job.
const ReadersPerBatch = 1000

// NotifyReaders has every reader told who wants to know: it enqueues a
// NotifyBatchJob for each batch, with the transaction in the context.
//
// Who signs up afterwards may be told or not.
type NotifyReaders func(ctx context.Context, in NotifyReadersInput) error

// NotifyReadersInput says what is told, and who need not be.
type NotifyReadersInput struct {
	Notice   Notice
	ExceptID string // the user whose doing it is; "" for nobody
}

// NewNotifyReaders makes the use case.
func NewNotifyReaders(listUserIDs accounts.ListUserIDs, queue jobs.Queue) NotifyReaders {
	return observe.Command("notifications.notify_readers", func(ctx context.Context, in NotifyReadersInput) error {
		for batch := (NotifyBatch{Notice: in.Notice, ExceptID: in.ExceptID}); ; {
			ids, err := listUserIDs(ctx, accounts.ListUserIDsInput{After: batch.Through, Limit: ReadersPerBatch})
			if err != nil {
				return fmt.Errorf("find the readers to notify: %w", err)
			}
			if len(ids) == 0 {
				return nil
			}
			batch.After, batch.Through = batch.Through, ids[len(ids)-1]
			if err := NotifyBatchJob.Enqueue(ctx, queue, batch); err != nil {
				return fmt.Errorf("notify readers of %s %s: %w", in.Notice.Kind, in.Notice.SourceID, err)
			}
		}
	})
}
