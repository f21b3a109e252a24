package notifications

import (
	"context"

	"example.com/pergola/core/observe"
)

// ReadInbox says how the notifications of the reader stand: how many are
// unread, and what the reader wants to be told. It is on every page, and costs
// one row.
//
// It fails with fault.Unauthenticated for a visitor.
type ReadInbox func(ctx context.Context) (Inbox, error)

// NewReadInbox makes the use case.
func NewReadInbox(inboxes Inboxes) ReadInbox {
	read := observe.UseCase("notifications.read_inbox", func(ctx context.Context, _ struct{}) (Inbox, error) {
		reader, err := currentReader(ctx)
		if err != nil {
			return Inbox{}, err
		}
		return inboxes.Inbox(ctx, reader.ID)
	})
	return func(ctx context.Context) (Inbox, error) { return read(ctx, struct{}{}) }
}
