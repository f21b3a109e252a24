package eventadmin

import "context"

func (f *Feature) pollActivity(ctx context.Context, since string) (revision string, err error) {
	return f.BroadcastActivity(ctx, since)
}
