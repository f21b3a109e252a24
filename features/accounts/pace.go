package accounts

import (
	"context"
	"fmt"
	"time"
)

// Pace is how long it takes at least to answer what must not tell whether an
// address is known: much longer than the work for a known one. Zero means
// DefaultPace.
type Pace time.Duration

// DefaultPace is many times what it takes to store a token and a letter.
const DefaultPace = Pace(300 * time.Millisecond)

// keep does the work and returns when the time is over, whatever there was to
// do. It fails with the work's error, and if ctx ends.
func (p Pace) keep(ctx context.Context, work func() error) error {
	if p == 0 {
		p = DefaultPace
	}
	timer := time.NewTimer(time.Duration(p))
	defer timer.Stop()
	err := work()
	select {
	case <-timer.C:
		return err
	case <-ctx.Done():
		return fmt.Errorf("wait to answer: %w", ctx.Err())
	}
}
