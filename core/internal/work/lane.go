package work

import (
	"container/heap"
	"context"
	"slices"
	"time"
)

type state int

const (
	scheduled state = iota // due later, not yet tried
	blocked                // behind another piece of its key
	ready
	running
	retrying // failed, due later
	states
)

// item is a piece on its way through a crew.
type item struct {
	Piece
	number   uint64 // in order of arrival
	state    state
	attempts int
	timer    *time.Timer
	addedAt  time.Time
	begunAt  time.Time
	err      error                   // of the last attempt that failed
	cancel   context.CancelCauseFunc // of the attempt that runs
	canceled bool
}

func (i *item) stopTimer() {
	if i.timer != nil {
		i.timer.Stop()
		i.timer = nil
	}
}

// lane holds what is ready, and for each key what waits behind its head.
type lane struct {
	ready   readyHeap
	keys    map[string][]*item
	running int
	width   int
	paused  bool
}

// peek is the lane's next item, nil if there is none, or the lane is paused or
// as busy as it may be.
func (l *lane) peek() *item {
	if l.paused || l.running >= l.width || len(l.ready) == 0 {
		return nil
	}
	return l.ready[0]
}

// enter queues an item behind its key and reports whether it is the head.
func (l *lane) enter(i *item) bool {
	if i.Key == "" {
		return true
	}
	l.keys[i.Key] = append(l.keys[i.Key], i)
	return len(l.keys[i.Key]) == 1
}

// leave takes an item from the head of its key and returns who comes next.
func (l *lane) leave(i *item) *item {
	if i.Key == "" {
		return nil
	}
	rest := l.keys[i.Key][1:]
	if len(rest) == 0 {
		delete(l.keys, i.Key)
		return nil
	}
	l.keys[i.Key] = rest
	return rest[0]
}

// drop takes an item out wherever it stands, and returns who is the head of
// its key now if it was that before.
func (l *lane) drop(i *item) *item {
	if at := slices.Index(l.ready, i); at >= 0 {
		heap.Remove(&l.ready, at)
	}
	if i.Key == "" {
		return nil
	}
	if l.keys[i.Key][0] == i {
		return l.leave(i)
	}
	l.keys[i.Key] = slices.DeleteFunc(l.keys[i.Key], func(other *item) bool { return other == i })
	return nil
}

// readyHeap has the next item first: by importance, then by age.
type readyHeap []*item

var _ heap.Interface = (*readyHeap)(nil)

func (h readyHeap) Len() int           { return len(h) }
func (h readyHeap) Less(a, b int) bool { return before(h[a], h[b]) }
func (h readyHeap) Swap(a, b int)      { h[a], h[b] = h[b], h[a] }
func (h *readyHeap) Push(x any)        { *h = append(*h, x.(*item)) }

func (h *readyHeap) Pop() any {
	last := len(*h) - 1
	i := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return i
}

func before(a, b *item) bool {
	if a.Priority != b.Priority {
		return a.Priority < b.Priority
	}
	return a.number < b.number
}
