package notifications

import (
	"context"
	"fmt"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
	"example.com/pergola/features/accounts"
)

// How long notifications are kept.
const (
	KeptWhenRead  = 90 * 24 * time.Hour // after they were read
	KeptPerReader = 500                 // the newest, read or not
)

// TrimInboxes removes notifications that were read more than KeptWhenRead ago,
// and all but the newest KeptPerReader of each reader. It updates a reader's
// open pages if it removes unread ones.
type TrimInboxes func(ctx context.Context) error

// NewTrimInboxes makes the use case. Each batch of inboxes has its own
// transaction.
func NewTrimInboxes(db *database.DB, inboxes *Inboxes, rt realtime.Broadcaster, now feature.Clock) TrimInboxes {
	trim := observe.Command("notifications.trim_inboxes", func(ctx context.Context, _ struct{}) error {
		readBefore := now.Now().Add(-KeptWhenRead)
		for after := ""; ; {
			owners, err := inboxes.Owners(ctx, after, ReadersPerBatch)
			if err != nil || len(owners) == 0 {
				return err
			}
			after = owners[len(owners)-1]
			err = db.InTx(ctx, func(ctx context.Context) error {
				changed, err := inboxes.Trim(ctx, owners, readBefore, KeptPerReader)
				if err != nil {
					return err
				}
				for readerID, inbox := range changed {
					if err := broadcastChange(ctx, rt, readerID, inbox, InboxChange{Change: ChangeRemoved}); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return fmt.Errorf("trim the inboxes of %d readers: %w", len(owners), err)
			}
		}
	})
	return func(ctx context.Context) error { return trim(ctx, struct{}{}) }
}

// RemoveDeletedReaders removes the notifications and preferences of users whose
// accounts were deleted. Accounts publishes no event for that, so it checks all
// inboxes, batch by batch.
type RemoveDeletedReaders func(ctx context.Context) error

// NewRemoveDeletedReaders makes the use case.
func NewRemoveDeletedReaders(inboxes *Inboxes, digests *Digests, findDeleted accounts.FindDeletedUsers) RemoveDeletedReaders {
	remove := observe.Command("notifications.remove_deleted_readers", func(ctx context.Context, _ struct{}) error {
		for after := ""; ; {
			owners, err := inboxes.Owners(ctx, after, ReadersPerBatch)
			if err != nil || len(owners) == 0 {
				return err
			}
			after = owners[len(owners)-1]
			gone, err := findDeleted(ctx, owners)
			if err != nil {
				return fmt.Errorf("find deleted readers: %w", err)
			}
			if len(gone) == 0 {
				continue
			}
			if err := digests.Remove(ctx, gone); err != nil { // first: inboxes are how they are found
				return err
			}
			if err := inboxes.Remove(ctx, gone); err != nil {
				return err
			}
		}
	})
	return func(ctx context.Context) error { return remove(ctx, struct{}{}) }
}
