package catalog

import (
	"context"

	"example.com/shop/core/realtime"
)

func (f *Feature) onLooking(ctx context.Context, looking Looking, caller realtime.Caller) error {
	if _, err := f.deps.ReadBook(ctx, looking.BookID); err != nil {
		return err
	}
	return LookingChannel.Broadcast(ctx, f.deps.RT, looking)
}

func (f *Feature) mayHearShelf(ctx context.Context, caller realtime.Caller) error { return nil }
