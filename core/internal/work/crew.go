package work

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"example.com/pergola/core/fault"
)

const (
	mostKept = 1000        // of what failed, and of what is done: the newest
	grace    = time.Second // for work that was cancelled to notice it
)

// errStopped is why the context of a piece was cancelled.
var errStopped = errors.New("the program is stopping")

// Crew does the pieces that are added to it, once it is started.
type Crew struct {
	options Options

	mu       sync.Mutex
	lanes    map[string]*lane
	counts   [states]int
	unique   map[string]bool
	added    uint64
	revision uint64           // of everything that can be looked at
	items    map[string]*item // those that are not finished, by id
	failed   []Record         // in the order in which they did
	done     []Record
	changed  chan struct{} // closed at the next change; nil while nobody waits

	base    context.Context // of all pieces; nil while stopped
	cancel  context.CancelCauseFunc
	stopped bool // no new piece begins
}

// New makes a crew that is not started yet.
func New(options Options) *Crew {
	return &Crew{
		options: options, lanes: map[string]*lane{}, unique: map[string]bool{}, items: map[string]*item{}, stopped: true,
	}
}

// Add takes pieces in, in order. A piece whose Unique is taken is left out.
func (c *Crew) Add(pieces ...Piece) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, piece := range pieces {
		if piece.Unique != "" && c.unique[piece.Unique] {
			continue
		}
		c.admit(piece)
	}
	c.dispatch()
}

// Start begins to work. The context's values reach every piece; its end does
// not: that is what Stop is for.
func (c *Crew) Start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stopped {
		return errors.New("started twice")
	}
	c.base, c.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	c.stopped = false
	c.dispatch()
	return nil
}

// Stop begins nothing new and waits for what runs. When ctx ends it cancels
// what still runs, and takes it back as if it had not begun. It fails only if
// something goes on running all the same.
func (c *Crew) Stop(ctx context.Context) error {
	c.mu.Lock()
	if c.stopped {
		c.mu.Unlock()
		return nil
	}
	c.stopped = true
	cancel := c.cancel
	c.notify()
	c.mu.Unlock()

	defer cancel(errStopped)
	idle := func() (bool, error) { return c.counts[running] == 0, nil }
	if c.wait(ctx, idle) == nil {
		return nil
	}
	cancel(errStopped)
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer done()
	if c.wait(ctx, idle) != nil {
		return errors.New("some work goes on although it was cancelled")
	}
	return nil
}

// Drain waits until all is done that is due, with what it brought in turn and
// with the pauses between attempts. What is scheduled for later is not waited
// for. It fails if the crew is not working.
func (c *Crew) Drain(ctx context.Context) error {
	return c.wait(ctx, func() (bool, error) {
		busy := c.busy()
		if busy > 0 && c.stopped {
			return false, fmt.Errorf("%d pieces of work wait, but nobody works", busy)
		}
		return busy == 0, nil
	})
}

// Activity is how many pieces were ever added, and how many are due or running
// or between two attempts.
func (c *Crew) Activity() (added uint64, busy int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.added, c.busy()
}

// Unfinished is how many pieces are not done and not listed as failed, those
// included that are scheduled for later.
func (c *Crew) Unfinished() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.busy() + c.counts[scheduled]
}

// Failures are the pieces that have used up their attempts, oldest first.
func (c *Crew) Failures() []Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.failed)
}

// Replay gives a failed piece all its attempts again, at once and behind what
// waits. It fails with fault.NotFound if no failed piece has the id, and with
// fault.Conflict if an equal one is waiting already.
func (c *Crew) Replay(id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := slices.IndexFunc(c.failed, func(r Record) bool { return r.Piece.ID == id })
	if at < 0 {
		return fault.NotFound.New("Nothing that failed has the id %q.", id)
	}
	piece := c.failed[at].Piece
	if piece.Unique != "" && c.unique[piece.Unique] {
		return fault.Conflict.New("The same is already waiting to be done.")
	}
	c.failed = slices.Delete(c.failed, at, at+1)
	piece.Due = time.Time{}
	c.admit(piece)
	c.dispatch()
	return nil
}

// Retry makes a piece due at once that is due later. It fails with
// fault.NotFound if there is no piece with the id, and with fault.Conflict if
// it is not waiting for a time.
func (c *Crew) Retry(id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, err := c.unfinished(id)
	if err != nil {
		return err
	}
	if i.state != scheduled && i.state != retrying {
		return fault.Conflict.New("It does not wait for a time: there is nothing to hurry.")
	}
	i.Due = c.options.Now()
	c.makeReady(i)
	c.dispatch()
	return nil
}

// Cancel lists a piece as failed that is not finished. If it runs, its context
// ends with ErrCancelled, and if it succeeds all the same it is done. It fails
// with fault.NotFound if there is no piece with the id, and with fault.Conflict
// if it is finished.
func (c *Crew) Cancel(id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, err := c.unfinished(id)
	if err != nil {
		return err
	}
	if i.state == running {
		i.canceled = true
		i.cancel(ErrCancelled)
		return nil
	}
	i.stopTimer()
	c.fail(i, ErrCancelled)
	c.retire(i, c.lane(i.Lane).drop(i))
	c.dispatch()
	c.notify()
	return nil
}

// Pause lets a lane begin nothing until it is resumed.
func (c *Crew) Pause(lane string, paused bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lane(lane).paused = paused
	c.revision++
	c.dispatch()
}

func (c *Crew) unfinished(id string) (*item, error) {
	if i, found := c.items[id]; found {
		return i, nil
	}
	finished := func(r Record) bool { return r.Piece.ID == id }
	if slices.ContainsFunc(c.failed, finished) || slices.ContainsFunc(c.done, finished) {
		return nil, fault.Conflict.New("It is finished already.")
	}
	return nil, fault.NotFound.New("There is nothing with the id %q.", id)
}

func (c *Crew) busy() int {
	return c.counts[blocked] + c.counts[ready] + c.counts[running] + c.counts[retrying]
}

func (c *Crew) lane(name string) *lane {
	l, ok := c.lanes[name]
	if !ok {
		l = &lane{keys: map[string][]*item{}, width: c.options.Width(name)}
		c.lanes[name] = l
	}
	return l
}

func (c *Crew) admit(piece Piece) {
	c.added++
	c.revision++
	i := &item{Piece: piece, number: c.added, state: blocked, addedAt: c.options.Now()}
	c.items[piece.ID] = i
	c.counts[blocked]++
	if piece.Unique != "" {
		c.unique[piece.Unique] = true
	}
	if c.lane(piece.Lane).enter(i) {
		c.await(i, scheduled)
	}
}

// await makes an item ready when it is due; until then it is in the state
// meanwhile.
func (c *Crew) await(i *item, meanwhile state) {
	pause := i.Due.Sub(c.options.Now())
	if i.Due.IsZero() || pause <= 0 {
		c.makeReady(i)
		return
	}
	c.move(i, meanwhile)
	var timer *time.Timer
	timer = time.AfterFunc(pause, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if i.timer != timer {
			return // somebody was quicker
		}
		c.makeReady(i)
		c.dispatch()
	})
	i.timer = timer
}

func (c *Crew) makeReady(i *item) {
	i.stopTimer()
	c.move(i, ready)
	heap.Push(&c.lane(i.Lane).ready, i)
}

func (c *Crew) move(i *item, to state) {
	c.counts[i.state]--
	c.counts[to]++
	c.revision++
	i.state = to
}

// dispatch begins whatever may begin.
func (c *Crew) dispatch() {
	for !c.stopped && (c.options.Concurrency == 0 || c.counts[running] < c.options.Concurrency) {
		i := c.next()
		if i == nil {
			return
		}
		l := c.lane(i.Lane)
		heap.Pop(&l.ready)
		l.running++
		c.move(i, running)
		i.begunAt = c.options.Now()
		base, cancel := context.WithCancelCause(c.base)
		i.cancel = cancel
		go c.do(base, i)
	}
}

// next is the first of all items that stand at the head of a lane.
func (c *Crew) next() *item {
	var next *item
	for _, l := range c.lanes {
		if i := l.peek(); i != nil && (next == nil || before(i, next)) {
			next = i
		}
	}
	return next
}

// do ends with finish even when Do ends its goroutine, as a failing test does.
func (c *Crew) do(base context.Context, i *item) {
	err := errors.New("ended without a result")
	defer func() { c.finish(base, i, err) }()
	ctx, cancel := base, context.CancelFunc(func() {})
	if i.Timeout > 0 {
		ctx, cancel = context.WithTimeout(base, i.Timeout)
	}
	defer cancel()
	err = i.Do(ctx, i.attempts+1)
}

func (c *Crew) finish(base context.Context, i *item, err error) {
	attempt := i.attempts + 1
	last := attempt >= i.MaxAttempts || IsGivenUp(err)
	if err != nil && base.Err() == nil && c.options.Failed != nil {
		c.options.Failed(base, i.Piece, attempt, err, last)
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	defer i.cancel(nil)
	c.lane(i.Lane).running--
	switch {
	case err == nil:
		i.attempts = attempt
		c.done = keep(c.done, i, Done, c.options.Now())
		c.remove(i)
	case i.canceled:
		i.attempts = attempt
		c.fail(i, ErrCancelled)
		c.remove(i)
	case base.Err() != nil:
		c.makeReady(i) // handed back
	case last:
		i.attempts = attempt
		c.fail(i, err)
		c.remove(i)
	default:
		i.attempts, i.err = attempt, err
		i.Due = c.options.Now().Add(c.options.Backoff(attempt))
		c.await(i, retrying)
	}
	c.dispatch()
	c.notify()
}

func (c *Crew) fail(i *item, err error) {
	i.err = err
	c.failed = keep(c.failed, i, Failed, c.options.Now())
}

// keep adds an item to a list of finished ones, whose oldest go.
func keep(list []Record, i *item, as State, now time.Time) []Record {
	record := i.record()
	record.State, record.Attempts, record.FinishedAt = as, i.attempts, now
	if len(list) == mostKept {
		list = slices.Delete(list, 0, 1)
	}
	return append(list, record)
}

func (c *Crew) remove(i *item) { c.retire(i, c.lane(i.Lane).leave(i)) }

// retire forgets an item that is finished, and lets the next of its key go.
func (c *Crew) retire(i *item, next *item) {
	c.counts[i.state]--
	c.revision++
	delete(c.unique, i.Unique)
	delete(c.items, i.ID)
	if next != nil {
		c.await(next, scheduled)
	}
}

// wait returns when done says so, or with the context's error.
func (c *Crew) wait(ctx context.Context, done func() (bool, error)) error {
	for {
		c.mu.Lock()
		ok, err := done()
		if c.changed == nil {
			c.changed = make(chan struct{})
		}
		changed := c.changed
		c.mu.Unlock()
		if ok || err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *Crew) notify() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}
