package auth

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// cleanup is the loop that deletes expired sessions.
type cleanup struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// cleanupBatch is how many sessions one statement deletes, so that none holds
// its locks for long.
const cleanupBatch = 1000

// Start begins to delete expired sessions every Options.CleanupInterval. An
// application starts it once; each of several nodes may.
func (s *Sessions) Start(ctx context.Context) error {
	if s.cleanup.done != nil {
		return errors.New("auth: the sessions' cleanup is started already")
	}
	ctx, s.cleanup.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.cleanup.done = make(chan struct{})
	go s.cleanUp(ctx, s.cleanup.done)
	return nil
}

// Stop ends what Start began, and waits for it until ctx ends.
func (s *Sessions) Stop(ctx context.Context) error {
	if s.cleanup.done == nil {
		return nil
	}
	s.cleanup.cancel()
	select {
	case <-s.cleanup.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop the sessions' cleanup: %w", ctx.Err())
	}
}

func (s *Sessions) cleanUp(ctx context.Context, done chan<- struct{}) {
	defer close(done)
	ticker := time.NewTicker(s.options.CleanupInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := s.deleteExpired(ctx); err != nil && ctx.Err() == nil {
				s.options.Logger.WarnContext(ctx, "expired sessions were not deleted; the next cleanup will try again", "error", err)
			}
		}
	}
}

func (s *Sessions) deleteExpired(ctx context.Context) error {
	for {
		deleted, err := s.store.DeleteExpired(ctx, s.options.Now(), cleanupBatch)
		if err != nil || deleted < cleanupBatch {
			return err
		}
	}
}
