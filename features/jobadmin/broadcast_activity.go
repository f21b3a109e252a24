package jobadmin

import (
	"context"

	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// BroadcastActivity notifies the administrators connected to this process if
// any job or queue has changed since the given revision ("" for none). It
// returns the current revision.
type BroadcastActivity func(ctx context.Context, since string) (revision string, err error)

// NewBroadcastActivity makes the use case. It broadcasts to the hub rather than
// to all processes: each process with a subscriber checks for itself.
func NewBroadcastActivity(queue *jobs.Worker, hub *realtime.Hub) BroadcastActivity {
	return observe.UseCase("jobadmin.broadcast_activity", func(ctx context.Context, since string) (string, error) {
		revision, err := queue.Revision(ctx)
		if err != nil || revision == since {
			return since, err
		}
		queues, err := queue.Queues(ctx)
		if err != nil {
			return since, err
		}
		var counts JobCounts
		for _, q := range queues {
			counts.Waiting += q.Counts[jobs.Waiting] + q.Counts[jobs.Scheduled] + q.Counts[jobs.Retrying]
			counts.Running += q.Counts[jobs.Running]
			counts.Failed += q.Counts[jobs.Failed]
		}
		return revision, ActivityChannel.Broadcast(ctx, hub, counts)
	})
}
