package backplane

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"example.com/pergola/core/observe"
)

const (
	maxQueued      = 10_000   // messages
	maxQueuedBytes = 16 << 20 // of the messages
	maxBatch       = 500      // messages

	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Metrics are the metrics of a backplane since it was created.
type Metrics struct {
	Used     bool // whether there is a backplane
	Up       bool // whether this process receives from others: its own messages come back
	Waiting  int  // queued messages
	Sent     int64
	Dropped  int64 // messages that could not be sent
	Received int64 // messages received from other processes
	Lag      observe.DurationsSnapshot
}

// counts are the counters behind Metrics.
type counts struct {
	up       atomic.Bool  // listening
	cutOff   atomic.Bool  // listening, but its own messages do not come back
	echoed   atomic.Int64 // when one did last, or the connection was made
	sent     atomic.Int64
	dropped  atomic.Int64
	received atomic.Int64
	lag      observe.Durations // from sending a message until this process receives it
}

func (c *counts) metrics(waiting int) Metrics {
	return Metrics{
		Used:     true,
		Up:       c.up.Load() && !c.cutOff.Load(),
		Waiting:  waiting,
		Sent:     c.sent.Load(),
		Dropped:  c.dropped.Load(),
		Received: c.received.Load(),
		Lag:      c.lag.Snapshot(),
	}
}

// queue holds the messages to send, within bounds.
type queue struct {
	counts *counts
	logger *slog.Logger
	filled chan struct{} // signals that there may be something to send

	mu       sync.Mutex
	messages [][]byte
	bytes    int
	dropping bool
	lost     bool // messages were lost, and the other processes do not know yet
	probing  bool // send a batch, even if it is empty
}

func newQueue(counts *counts, logger *slog.Logger) *queue {
	return &queue{counts: counts, logger: logger, filled: make(chan struct{}, 1)}
}

// put adds a message, or drops it if the queue is full.
func (q *queue) put(message []byte) {
	q.mu.Lock()
	full := len(q.messages) >= maxQueued || q.bytes+len(message) > maxQueuedBytes
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
	if begin { // log once, not for each message
		q.logger.Warn("dropping messages to other processes: the queue is full", "waiting", maxQueued)
	}
	q.wake()
}

func (q *queue) wake() {
	select {
	case q.filled <- struct{}{}:
	default:
	}
}

// lose records that messages were lost, or may have been.
func (q *queue) lose(messages int) {
	q.counts.dropped.Add(int64(messages))
	q.mu.Lock()
	q.lost = true
	q.mu.Unlock()
	q.wake()
}

// take removes the next batch. Only the batch that empties the queue reports lost
// messages, because receivers then make all sockets reconnect. That would be too
// early while there are more messages that may be lost.
func (q *queue) take() (b batch, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.messages), maxBatch)
	b.messages = q.messages[:n:n]
	q.messages = q.messages[n:]
	for _, message := range b.messages {
		q.bytes -= len(message)
	}
	if len(q.messages) == 0 {
		q.messages = nil
		b.lost, q.lost = q.lost, false
	}
	b.probe, q.probing = q.probing, false
	return b, n > 0 || b.lost || b.probe
}

// batch is a set of messages that are sent together.
type batch struct {
	messages [][]byte
	lost     bool // earlier messages were lost
	probe    bool // sent even without messages
}

func (q *queue) size() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.messages)
}

// sendOn sends batches until ending is closed and the queue is empty. send reports
// whether the batch was sent; otherwise it is lost.
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
			if len(b.messages) > 0 || b.lost {
				q.lose(len(b.messages))
			}
			if len(b.messages) == 0 && isClosed(ending) {
				return // without having reported the loss
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
