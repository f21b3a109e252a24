package notifications

import (
	"context"
	"fmt"

	"example.com/pergola/core/database"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// DeliverNotice puts a notice into the inboxes of one batch of readers and
// tells their open pages, all of it or nothing. Those who have it already, or
// do not want it, are left out and hear nothing. The readers' ids are in rising
// order.
type DeliverNotice func(ctx context.Context, in DeliverNoticeInput) error

// DeliverNoticeInput is the notice and whom it is for.
type DeliverNoticeInput struct {
	Notice    Notice
	ReaderIDs []string
}

// NewDeliverNotice makes the use case.
func NewDeliverNotice(inboxes Inboxes, tx database.Transactor, rt realtime.Broadcaster) DeliverNotice {
	return observe.Command("notifications.deliver_notice", func(ctx context.Context, in DeliverNoticeInput) error {
		err := tx.InTx(ctx, func(ctx context.Context) error {
			deliveries, err := inboxes.Deliver(ctx, in.Notice, in.ReaderIDs)
			if err != nil {
				return err
			}
			for _, delivery := range deliveries {
				change := InboxChange{Change: ChangeAdded, NotificationID: delivery.NotificationID, News: in.Notice.News()}
				if err := tellReader(ctx, rt, delivery.ReaderID, delivery.Inbox, change); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("notify %d readers of %s %s: %w", len(in.ReaderIDs), in.Notice.Kind, in.Notice.SourceID, err)
		}
		return nil
	})
}
