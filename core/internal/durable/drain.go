package durable

import (
	"context"
	"fmt"
	"time"

	"example.com/pergola/core/database"
)

// DrainAll waits until no event and no job in the database is waiting or
// running. Checking both in one query misses nothing: a handler publishes and
// enqueues before it finishes.
func DrainAll(ctx context.Context, db *database.DB) error {
	const longest = 50 * time.Millisecond
	for pause := time.Millisecond; ; pause = min(2*pause, longest) {
		var unfinished bool
		err := db.QueryRow(ctx, `select exists (select from river_job
			where state in ('available', 'running', 'retryable', 'pending')
				or state = 'scheduled' and scheduled_at <= now())`).Scan(&unfinished)
		if err != nil {
			return fmt.Errorf("look for unfinished work: %w", err)
		}
		if !unfinished {
			return nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
