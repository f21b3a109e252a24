package authentication

import (
	"context"
	"fmt"
	"time"
)

// MinResponseTime is the minimum duration of a response that must not reveal
// whether an email address is known. Choose much more than the work for a known
// one takes. Zero means DefaultMinResponseTime.
type MinResponseTime time.Duration

// DefaultMinResponseTime is many times what it takes to store a token and queue
// an email.
const DefaultMinResponseTime = MinResponseTime(300 * time.Millisecond)

// Run calls work and returns its error, but not before the minimum duration has
// passed. It also fails when ctx ends.
func (d MinResponseTime) Run(ctx context.Context, work func() error) error {
	if d == 0 {
		d = DefaultMinResponseTime
	}
	timer := time.NewTimer(time.Duration(d))
	defer timer.Stop()
	err := work()
	select {
	case <-timer.C:
		return err
	case <-ctx.Done():
		return fmt.Errorf("wait for the minimum response time: %w", ctx.Err())
	}
}
