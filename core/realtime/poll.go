package realtime

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// pollTimeout bounds one call of a poll.
const pollTimeout = 10 * time.Second

// Poll attaches a function that looks for changes nobody announces, such as
// those of rows that other processes write. It is called once per interval
// while the channel has a subscriber in this process. It gets the revision that
// its last call returned, "" at first, and broadcasts if there is a newer one.
// Each call has ten seconds. Of consecutive errors only the first is reported.
func (c Channel[T]) Poll(every time.Duration, poll func(ctx context.Context, since string) (revision string, err error)) Entry[T] {
	e := c.entry()
	if poll == nil || every <= 0 {
		e.err = errors.New("Poll without a function or an interval")
	}
	e.poll = &poller{topic: e.def.spec.Name, every: every, poll: poll}
	return Entry[T]{e}
}

type poller struct {
	topic   string
	every   time.Duration
	poll    func(ctx context.Context, since string) (revision string, err error)
	running atomic.Bool
}

// start is called after each new subscription.
func (p *poller) start(g *gates) {
	if p.subscribed(g) && p.running.CompareAndSwap(false, true) {
		go p.run(g)
	}
}

func (p *poller) subscribed(g *gates) bool { return g.hub.Listeners(p.topic) > 0 }

func (p *poller) run(g *gates) {
	ticker := time.NewTicker(p.every)
	defer ticker.Stop()
	revision, failing := "", false
	for p.subscribed(g) {
		select {
		case <-g.ctx.Done():
			return
		case <-ticker.C:
		}
		ctx, cancel := context.WithTimeout(g.ctx, pollTimeout)
		next, err := p.poll(ctx, revision)
		cancel()
		if err != nil && !failing && g.ctx.Err() == nil {
			g.reporter.Report(g.ctx, err)
		}
		revision, failing = next, err != nil
	}
	p.running.Store(false)
	p.start(g) // somebody may have subscribed just now
}
