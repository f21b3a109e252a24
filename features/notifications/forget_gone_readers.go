package notifications

import (
	"context"
	"fmt"

	"example.com/pergola/core/observe"
	"example.com/pergola/features/accounts"
)

// ForgetGoneReaders removes the notifications and preferences of users whose
// accounts are deleted. Accounts tells nobody that one was, so they are looked
// for, a batch at a time.
type ForgetGoneReaders func(ctx context.Context) error

// NewForgetGoneReaders makes the use case.
func NewForgetGoneReaders(inboxes Inboxes, digests Digests, findGone accounts.FindGoneUsers) ForgetGoneReaders {
	forget := observe.Command("notifications.forget_gone_readers", func(ctx context.Context, _ struct{}) error {
		for after := ""; ; {
			owners, err := inboxes.Owners(ctx, after, ReadersPerBatch)
			if err != nil || len(owners) == 0 {
				return err
			}
			after = owners[len(owners)-1]
			gone, err := findGone(ctx, owners)
			if err != nil {
				return fmt.Errorf("find the readers who are gone: %w", err)
			}
			if len(gone) == 0 {
				continue
			}
			if err := digests.Remove(ctx, gone); err != nil { // first: whoever has digests is found by the inbox
				return err
			}
			if err := inboxes.Remove(ctx, gone); err != nil {
				return err
			}
		}
	})
	return func(ctx context.Context) error { return forget(ctx, struct{}{}) }
}
