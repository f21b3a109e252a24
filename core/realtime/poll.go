package realtime

import (
	"context"
	"time"
)

// pollTimeout bounds one call of a poll.
const pollTimeout = 10 * time.Second

// start is called after each new subscription.
func (p *poller) start(g *gates) {
	if p.subscribed(g) && p.running.CompareAndSwap(false, true) {
		go p.run(g)
	}
}

func (p *poller) subscribed(g *gates) bool { return g.hub.Subscribers(p.topic) > 0 }

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
	p.start(g) // someone may have subscribed in the meantime
}
