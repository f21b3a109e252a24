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

// cleanupBatch is how many sessions one statement deletes, so that it does not
// hold its locks for long.
const cleanupBatch = 1000

// Start deletes expired sessions every Options.CleanupInterval until Stop. Several
// processes may do so at once.
func (s *Sessions) Start(ctx context.Context) error {
	if s.cleanup.done != nil {
		return errors.New("auth: the session cleanup is already started")
	}
	ctx, s.cleanup.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.cleanup.done = make(chan struct{})
	go s.cleanUp(ctx, s.cleanup.done)
	return nil
}

// Stop ends what Start started, and waits for it until ctx ends.
func (s *Sessions) Stop(ctx context.Context) error {
	if s.cleanup.done == nil {
		return nil
	}
	s.cleanup.cancel()
	select {
	case <-s.cleanup.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop the session cleanup: %w", ctx.Err())
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
				s.options.Logger.WarnContext(ctx, "auth: deleting expired sessions failed, trying again later", "error", err)
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
