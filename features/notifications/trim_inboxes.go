package notifications

import (
	"context"
	"fmt"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// How long notifications are kept.
const (
	KeptWhenRead  = 90 * 24 * time.Hour // since they were read
	KeptPerReader = 500                 // the latest, read or not
)

// TrimInboxes removes what readers read more than KeptWhenRead ago, and of each
// reader what is older than the latest KeptPerReader. A reader's pages are told
// if something unread is gone.
type TrimInboxes func(ctx context.Context) error

// NewTrimInboxes makes the use case. It goes batch by batch, each in a
// transaction of its own.
func NewTrimInboxes(inboxes Inboxes, tx database.Transactor, rt realtime.Broadcaster, now feature.Clock) TrimInboxes {
	trim := observe.Command("notifications.trim_inboxes", func(ctx context.Context, _ struct{}) error {
		readBefore := storedTime(now).Add(-KeptWhenRead)
		for after := ""; ; {
			owners, err := inboxes.Owners(ctx, after, ReadersPerBatch)
			if err != nil || len(owners) == 0 {
				return err
			}
			after = owners[len(owners)-1]
			err = tx.InTx(ctx, func(ctx context.Context) error {
				changed, err := inboxes.Trim(ctx, owners, readBefore, KeptPerReader)
				if err != nil {
					return err
				}
				for readerID, inbox := range changed {
					if err := tellReader(ctx, rt, readerID, inbox, InboxChange{Change: ChangeRemoved}); err != nil {
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
