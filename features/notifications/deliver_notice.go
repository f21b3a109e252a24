package notifications

import (
	"context"
	"fmt"
	"slices"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault" // <with:blog/>
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/blog" // <with:blog/>
)

// DeliverNotice puts a notice into the inboxes of one batch of readers and
// tells their open pages, all of it or nothing. It goes by what is so now: left
// out are those who are gone, who do not want it, and who have it already; and
// nobody is told of an article that is not public any more.
type DeliverNotice func(ctx context.Context, in DeliverNoticeInput) error

// DeliverNoticeInput is the notice and whom it is for.
type DeliverNoticeInput struct {
	Notice   Notice
	After    string // the readers whose ids come after this one; "" for the first
	Through  string // and not after this one
	ExceptID string // the user whose doing it is; "" for nobody
}

// NewDeliverNotice makes the use case.
func NewDeliverNotice(
	inboxes Inboxes, tx database.Transactor, rt realtime.Broadcaster, listUserIDs accounts.ListUserIDs,
	mayRead blog.MayRead, // <with:blog/>
) DeliverNotice {
	return observe.Command("notifications.deliver_notice", func(ctx context.Context, in DeliverNoticeInput) error {
		err := tx.InTx(ctx, func(ctx context.Context) error {
			// <with:blog>
			holds, err := in.Notice.holds(ctx, mayRead)
			if err != nil || !holds {
				return err
			}
			// </with:blog>
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
				if err := tellReader(ctx, rt, delivery.ReaderID, delivery.Inbox, change); err != nil {
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

// <with:blog>

// holds reports whether there is still something to tell: an article may have
// been withdrawn or deleted meanwhile.
func (n Notice) holds(ctx context.Context, mayRead blog.MayRead) (bool, error) {
	if n.Kind != KindArticle {
		return true, nil
	}
	err := mayRead(ctx, n.SourceID)
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	return err == nil, err
}

// </with:blog>

// readers are those of the batch who are there now.
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
