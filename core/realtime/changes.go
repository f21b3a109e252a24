package realtime

import (
	"sync"
	"sync/atomic"
	"time"
)

// OnChange calls tell when what Stats says has changed: soon after the first
// change, and while more follow not more often than once in every interval.
// It never calls twice at a time, and not at all while nothing changes. The
// last change is always told of. tell may ask the hub and broadcast; it must
// not panic. It is called for as long as the hub lives.
func (h *Hub) OnChange(every time.Duration, tell func()) {
	h.changes.follow(&follower{every: every, tell: tell})
}

// changes counts what happens to the sockets of a hub, and tells those who
// follow. A change costs an addition, and a look at each follower.
type changes struct {
	count atomic.Uint64

	adding    sync.Mutex
	followers atomic.Pointer[[]*follower]
}

func (c *changes) follow(f *follower) {
	c.adding.Lock()
	defer c.adding.Unlock()
	var all []*follower
	if known := c.followers.Load(); known != nil {
		all = append(all, *known...)
	}
	all = append(all, f)
	c.followers.Store(&all)
}

func (c *changes) add() {
	c.count.Add(1)
	if followers := c.followers.Load(); followers != nil {
		for _, f := range *followers {
			f.plan(c)
		}
	}
}

// follower is told of changes, many at a time.
type follower struct {
	every time.Duration
	tell  func()
	due   atomic.Bool // a call is planned or under way
	told  time.Time   // when the last call was over: written before due is cleared, read after it is set
}

// plan sees to it that the follower is told, if nobody has yet.
func (f *follower) plan(c *changes) {
	if f.due.Load() || !f.due.CompareAndSwap(false, true) {
		return
	}
	together := f.every / 10 // what comes with the first change, as a page's subscriptions do
	time.AfterFunc(max(together, f.every-time.Since(f.told)), func() { f.call(c) })
}

// call tells, and plans the next call if something has changed meanwhile.
func (f *follower) call(c *changes) {
	before := c.count.Load()
	f.tell()
	f.told = time.Now()
	f.due.Store(false)
	if c.count.Load() != before {
		f.plan(c)
	}
}
