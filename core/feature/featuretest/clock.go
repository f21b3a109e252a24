// Package featuretest holds what the tests of most features need.
package featuretest

import (
	"sync"
	"time"
)

// Clock is a clock that a test controls. It advances by one second with each
// reading, so that the order in which things were saved is visible. It is safe
// for concurrent use.
//
//	clock := featuretest.NewClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
//	publish := blog.NewPublishArticle(db, articles, rt, outbox, clock.Now)
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock returns a clock that starts at this time.
func NewClock(at time.Time) *Clock { return &Clock{at: at} }

// Now advances the clock by one second and returns the new time. As a method
// value it is a feature.Clock.
func (c *Clock) Now() time.Time { return c.advance(time.Second) }

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) { c.advance(d) }

func (c *Clock) advance(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	return c.at
}
