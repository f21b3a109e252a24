package notifications

import (
	"context"
	"fmt"
	"slices"

	"example.com/pergola/core/observe"
	"example.com/pergola/features/accounts"
)

// ReadersPerBatch is how many readers are told of something in one
// transaction.
const ReadersPerBatch = 1000

// NotifyReaders tells every reader who wants to know, a batch at a time, each
// as DeliverNotice does. If it fails halfway it may be done again: nobody is
// told of one source twice.
//
// Who signs up while it works may be told or not.
type NotifyReaders func(ctx context.Context, in NotifyReadersInput) error

// NotifyReadersInput says what is told, and who need not be.
type NotifyReadersInput struct {
	Notice   Notice
	ExceptID string // the user whose doing it is; "" for nobody
}

// NewNotifyReaders makes the use case.
func NewNotifyReaders(listUserIDs accounts.ListUserIDs, deliver DeliverNotice) NotifyReaders {
	return observe.Command("notifications.notify_readers", func(ctx context.Context, in NotifyReadersInput) error {
		for after := ""; ; {
			ids, err := listUserIDs(ctx, accounts.ListUserIDsInput{After: after, Limit: ReadersPerBatch})
			if err != nil {
				return fmt.Errorf("find the readers to notify: %w", err)
			}
			if len(ids) == 0 {
				return nil
			}
			after = ids[len(ids)-1]
			readers := slices.DeleteFunc(ids, func(id string) bool { return id == in.ExceptID })
			if err := deliver(ctx, DeliverNoticeInput{Notice: in.Notice, ReaderIDs: readers}); err != nil {
				return err
			}
		}
	})
}
