package observe

import (
	"sync/atomic"
	"time"
)

// Durations is a histogram of durations for metrics. The zero value is ready to
// use. It is safe for concurrent use, and Add costs two atomic additions.
type Durations struct {
	upTo [len(bounds) + 1]atomic.Uint64
	sum  atomic.Int64
}

var bounds = [...]time.Duration{
	50 * time.Microsecond, 100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond,
	25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond,
	500 * time.Millisecond, time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second,
}

// Add adds one duration.
func (d *Durations) Add(took time.Duration) {
	at := 0
	for at < len(bounds) && took > bounds[at] {
		at++
	}
	d.upTo[at].Add(1)
	d.sum.Add(int64(took))
}

// Since adds the time that has passed since start.
func (d *Durations) Since(began time.Time) { d.Add(time.Since(began)) }

// DurationsSnapshot is a snapshot of Durations.
type DurationsSnapshot struct {
	Count uint64
	Sum   time.Duration
	UpTo  map[time.Duration]uint64 // number of durations up to each bound
}

// Snapshot returns a snapshot.
func (d *Durations) Snapshot() DurationsSnapshot {
	c := DurationsSnapshot{Sum: time.Duration(d.sum.Load()), UpTo: make(map[time.Duration]uint64, len(bounds))}
	for i := range d.upTo {
		c.Count += d.upTo[i].Load()
		if i < len(bounds) {
			c.UpTo[bounds[i]] = c.Count
		}
	}
	return c
}
