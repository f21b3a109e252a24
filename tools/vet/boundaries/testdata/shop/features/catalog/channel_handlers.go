package catalog

import (
	"context"

	"example.com/shop/core/realtime"
)

func (f *Feature) onLooking(ctx context.Context, looking Looking, caller realtime.Caller) error {
	if _, err := f.ReadBook(ctx, looking.BookID); err != nil {
		return err
	}
	return LookingChannel.Broadcast(ctx, f.RT, looking)
}

func (f *Feature) mayReadShelf(ctx context.Context, caller realtime.Caller) error { return nil }
