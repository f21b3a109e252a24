package backplane

import (
	"context"
	"time"
)

// A process receives its own messages, too. One that receives none is cut off from the
// others, whatever its connections look like: the server hangs, or a pooler has given
// the listening connection to someone else. So each sends a message without content
// regularly.
const (
	probeInterval = 2 * time.Second
	echoTimeout   = 5 * probeInterval
)

// watchEcho probes until ctx ends, and logs it when nothing comes back.
func (q *queue) watchEcho(ctx context.Context) {
	ticker := time.NewTicker(probeInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		q.probe()
		if q.counts.missesEcho() {
			q.logger.WarnContext(ctx, "cut off from other processes: this process's own messages do not come back", "timeout", echoTimeout)
		}
	}
}

// probe makes the sender send a batch, even if there are no messages.
func (q *queue) probe() {
	q.mu.Lock()
	q.probing = true
	q.mu.Unlock()
	q.wake()
}

// connected records a new listening connection.
func (c *counts) connected() {
	c.echoed.Store(time.Now().UnixNano())
	c.up.Store(true)
}

// echo records that a message of this process came back. It reports whether the process
// was cut off, and may have missed messages.
func (c *counts) echo(sentAt int64) (wasCutOff bool) {
	c.lag.Since(time.Unix(0, sentAt))
	c.echoed.Store(time.Now().UnixNano())
	return c.cutOff.Swap(false)
}

// missesEcho reports whether a connected process has just turned out to be cut off.
func (c *counts) missesEcho() bool {
	overdue := time.Since(time.Unix(0, c.echoed.Load())) > echoTimeout
	return c.up.Load() && overdue && !c.cutOff.Swap(true)
}
