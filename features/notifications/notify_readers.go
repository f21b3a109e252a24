package notifications

import (
	"context"
	"fmt"
	"slices"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/blog"
)

// ReadersPerBatch is the number of readers that one job notifies, in one
// transaction.
const ReadersPerBatch = 1000

// NotifyReaders notifies all readers who want it: it enqueues a NotifyBatchJob
// for each batch, in the transaction of the context. Readers who sign up
// afterwards may or may not be notified.
type NotifyReaders func(ctx context.Context, in NotifyReadersInput) error

// NotifyReadersInput is the notice and who doesn't need it.
type NotifyReadersInput struct {
	Notice   Notice
	ExceptID string // the user who caused it; "" for none
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

// DeliverNotice adds a notice to the inboxes of one batch of readers and
// updates their open pages, all or nothing. It uses the state at the time of
// delivery: it leaves out readers who have deleted their account, don't want
// the notice or already have it, and does nothing about an article that is no
// longer public.
type DeliverNotice func(ctx context.Context, in DeliverNoticeInput) error

// DeliverNoticeInput is the notice and the batch of readers.
type DeliverNoticeInput struct {
	Notice   Notice
	After    string // the batch starts after this user ID; "" for the first batch
	Through  string // and ends with this one
	ExceptID string // the user who caused the notice; "" for none
}

// NewDeliverNotice makes the use case.
func NewDeliverNotice(db *database.DB, inboxes *Inboxes, rt realtime.Broadcaster, listUserIDs accounts.ListUserIDs, mayRead blog.MayRead) DeliverNotice {
	return observe.Command("notifications.deliver_notice", func(ctx context.Context, in DeliverNoticeInput) error {
		err := db.InTx(ctx, func(ctx context.Context) error {
			current, err := in.Notice.current(ctx, mayRead)
			if err != nil || !current {
				return err
			}
			readers, err := in.readers(ctx, listUserIDs)
			if err != nil || len(readers) == 0 {
				return err
			}
			deliveries, err := inboxes.Deliver(ctx, in.Notice, readers)
			if err != nil {
				return err
			}
			for _, delivery := range deliveries {
				change := InboxChange{Change: ChangeAdded, NotificationID: delivery.NotificationID, News: in.Notice.News()}
				if err := broadcastChange(ctx, rt, delivery.ReaderID, delivery.Inbox, change); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("deliver %s %s: %w", in.Notice.Kind, in.Notice.SourceID, err)
		}
		return nil
	})
}

// current reports whether the notice still applies: an article may have been
// unpublished or deleted in the meantime.
func (n Notice) current(ctx context.Context, mayRead blog.MayRead) (bool, error) {
	if n.Kind != KindArticle {
		return true, nil
	}
	err := mayRead(ctx, n.SourceID)
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	return err == nil, err
}

// readers returns the readers of the batch who still have an account.
func (in DeliverNoticeInput) readers(ctx context.Context, listUserIDs accounts.ListUserIDs) ([]string, error) {
	var readers []string
	for after := in.After; after < in.Through; {
		ids, err := listUserIDs(ctx, accounts.ListUserIDsInput{After: after, Limit: ReadersPerBatch})
		if err != nil {
			return nil, fmt.Errorf("find the readers of the batch: %w", err)
		}
		if len(ids) == 0 {
			break
		}
		after = ids[len(ids)-1]
		readers = append(readers, ids...)
	}
	return slices.DeleteFunc(readers, func(id string) bool { return id > in.Through || id == in.ExceptID }), nil
}
