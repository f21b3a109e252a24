package connections

import (
	"context"
	"strconv"

	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// BroadcastStats notifies the administrators connected to this process if its
// connections have changed since the given revision ("" for none). It returns
// the current revision.
type BroadcastStats func(ctx context.Context, since string) (revision string, err error)

// NewBroadcastStats makes the use case.
func NewBroadcastStats(hub *realtime.Hub) BroadcastStats {
	return observe.UseCase("connections.broadcast_stats", func(ctx context.Context, since string) (string, error) {
		stats := hub.Stats()
		revision := strconv.FormatUint(stats.Revision, 10)
		if revision == since {
			return since, nil
		}
		return revision, StatsChannel.Broadcast(ctx, hub, statsOf(stats))
	})
}
