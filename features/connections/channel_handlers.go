package connections

import "context"

func (f *Feature) pollStats(ctx context.Context, since string) (revision string, err error) {
	return f.BroadcastStats(ctx, since)
}
