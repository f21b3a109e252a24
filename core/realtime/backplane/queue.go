package backplane

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"example.com/pergola/core/observe"
)

const (
	mostWaiting      = 10_000   // messages
	mostBytesWaiting = 16 << 20 // of these
	mostAtOnce       = 500      // messages sent together

	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Measures are what a backplane has done since it was made, in numbers for
// whoever measures the program from outside.
type Measures struct {
	Used    bool // there is a backplane
	Up      bool // other processes are heard, as far as this one knows
	Waiting int  // messages that are not sent yet
	Sent    int64
	Dropped int64 // messages that could not be sent
	Heard   int64 // messages of other processes
	Lag     observe.Counted
}

// counts are what a backplane counts.
type counts struct {
	up      atomic.Bool
	sent    atomic.Int64
	dropped atomic.Int64
	heard   atomic.Int64
	lag     observe.Durations // from sending a message until it comes back
}

func (c *counts) measures(waiting int) Measures {
	return Measures{
		Used:    true,
		Up:      c.up.Load(),
		Waiting: waiting,
		Sent:    c.sent.Load(),
		Dropped: c.dropped.Load(),
		Heard:   c.heard.Load(),
		Lag:     c.lag.Counted(),
	}
}

// queue holds the messages that wait to be sent, within bounds.
type queue struct {
	counts *counts
	logger *slog.Logger
	filled chan struct{} // has one when something may wait

	mu       sync.Mutex
	messages [][]byte
	bytes    int
	dropping bool
	lost     bool // something, and the others are not told of it yet
}

func newQueue(counts *counts, logger *slog.Logger) *queue {
	return &queue{counts: counts, logger: logger, filled: make(chan struct{}, 1)}
}

// put adds a message, or drops it if too much waits.
func (q *queue) put(message []byte) {
	q.mu.Lock()
	full := len(q.messages) >= mostWaiting || q.bytes+len(message) > mostBytesWaiting
	begin := full && !q.dropping
	q.dropping = full
	if !full {
		q.messages = append(q.messages, message)
		q.bytes += len(message)
	}
	q.mu.Unlock()
	if full {
		q.lose(1)
	}
	if begin { // once, not for each
		q.logger.Warn("messages to other processes are dropped: too many wait to be sent", "waiting", mostWaiting)
	}
	q.wake()
}

func (q *queue) wake() {
	select {
	case q.filled <- struct{}{}:
	default:
	}
}

// lose notes that messages were dropped, or may have been.
func (q *queue) lose(messages int) {
	q.counts.dropped.Add(int64(messages))
	q.mu.Lock()
	q.lost = true
	q.mu.Unlock()
	q.wake()
}

// take removes what waits, within reason. The last of it says whether something
// was lost before: whoever hears that has all sockets come back, for which
// there is no use while more waits that may be lost, too.
func (q *queue) take() (b batch, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.messages), mostAtOnce)
	b.messages = q.messages[:n:n]
	q.messages = q.messages[n:]
	for _, message := range b.messages {
		q.bytes -= len(message)
	}
	if len(q.messages) == 0 {
		q.messages = nil
		b.lost, q.lost = q.lost, false
	}
	return b, n > 0 || b.lost
}

// batch is what is sent together.
type batch struct {
	messages [][]byte
	lost     bool // something that came before
}

func (q *queue) size() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.messages)
}

// sendOn sends batch after batch until ending is closed and nothing waits. send
// reports whether the batch was sent; one that was not is lost.
func (q *queue) sendOn(ending <-chan struct{}, send func(batch) bool) {
	for {
		select {
		case <-q.filled:
		case <-ending:
		}
		for b, ok := q.take(); ok; b, ok = q.take() {
			if send(b) {
				continue
			}
			q.lose(len(b.messages))
			if len(b.messages) == 0 && isClosed(ending) {
				return // without having told of the loss
			}
		}
		if isClosed(ending) {
			return
		}
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
