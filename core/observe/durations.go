package observe

import (
	"sync/atomic"
	"time"
)

// Durations counts how long something took, for whoever measures the program
// from outside. The zero value is ready. It may be used by many at once, and
// costs two additions.
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

// Add counts one.
func (d *Durations) Add(took time.Duration) {
	at := 0
	for at < len(bounds) && took > bounds[at] {
		at++
	}
	d.upTo[at].Add(1)
	d.sum.Add(int64(took))
}

// Since counts one that began then and ends now.
func (d *Durations) Since(began time.Time) { d.Add(time.Since(began)) }

// Counted is what Durations has counted so far.
type Counted struct {
	Count uint64
	Sum   time.Duration
	UpTo  map[time.Duration]uint64 // how many took so long or less, for each of a few bounds
}

// Counted sums up.
func (d *Durations) Counted() Counted {
	c := Counted{Sum: time.Duration(d.sum.Load()), UpTo: make(map[time.Duration]uint64, len(bounds))}
	for i := range d.upTo {
		c.Count += d.upTo[i].Load()
		if i < len(bounds) {
			c.UpTo[bounds[i]] = c.Count
		}
	}
	return c
}
