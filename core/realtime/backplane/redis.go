package backplane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
)

// redisTimeout is for one command, and for a connection.
const redisTimeout = 2 * time.Second

// Redis is the Backplane of processes that share a Redis or Valkey server:
// PUBLISH and SUBSCRIBE on one channel. It keeps two connections.
//
// While the server is away Send goes on queueing, within bounds, and the server
// is asked for again and again with a pause between. What is still waiting when
// it is back is sent then.
type Redis struct {
	client *redis.Client
	logger *slog.Logger
	self   string
	queue  *queue
	counts counts
	number uint64 // of the last parcel

	mu      sync.Mutex
	started bool
	cancel  context.CancelFunc // of the listener, and of a sending that is not wanted any more
	ending  chan struct{}      // closed by Stop
	sent    chan struct{}      // closed when the sender has ended
	heard   chan struct{}      // closed when the listener has ended
}

var _ Backplane = (*Redis)(nil)

// NewRedis makes a backplane that is not started, for a server at an address
// such as redis://user:password@host:6379/0 (rediss:// for TLS). It fails if
// that is none; whether there is a server shows later.
//
// It returns no *Redis: whoever compiles against that compiles what the library
// is made of again, which takes a third of a second of each build.
func NewRedis(address string, logger *slog.Logger) (Backplane, error) {
	options, err := redis.ParseURL(address)
	if err != nil {
		return nil, errors.New("the address of Redis is none: want redis://host:6379") // the error may hold a password
	}
	quietly()
	options.MaxRetries = -1 // we do
	options.DialerRetries = 1
	options.PoolSize = 2
	options.ContextTimeoutEnabled = true
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = redisTimeout, redisTimeout, redisTimeout
	r := &Redis{client: redis.NewClient(options), logger: logger, self: uuid.NewString()}
	r.queue = newQueue(&r.counts, logger)
	return r, nil
}

// quietly keeps the library from writing to standard error by itself: what it
// has to say comes back as errors too.
var quietly = sync.OnceFunc(func() { redis.SetLogger(silence{}) })

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

// Send queues a message.
func (r *Redis) Send(message []byte) { r.queue.put(message) }

// Measures counts.
func (r *Redis) Measures() Measures { return r.counts.measures(r.queue.size()) }

// Start begins to listen and to send. If the server is away it goes on trying.
func (r *Redis) Start(ctx context.Context, listener Listener) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.started {
		return errors.New("started already")
	}
	r.started = true
	ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	r.ending, r.sent, r.heard = make(chan struct{}), make(chan struct{}), make(chan struct{})
	subscribed, err := r.subscribe(ctx)
	if err != nil {
		r.logger.WarnContext(ctx, "other processes are not heard yet", "error", err)
	}
	go func() {
		defer close(r.heard)
		r.listenOn(ctx, subscribed, listener)
	}()
	go func() {
		defer close(r.sent)
		r.queue.sendOn(r.ending, func(b batch) bool { return r.sendBatch(ctx, b) })
	}()
	return nil
}

// Stop sends what waits, and ends.
func (r *Redis) Stop(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.started {
		return nil
	}
	r.started = false
	close(r.ending)
	var err error
	select {
	case <-r.sent:
	case <-ctx.Done():
		err = fmt.Errorf("%d messages to other processes are not sent: %w", r.queue.size(), ctx.Err())
	}
	r.cancel()
	<-r.sent
	<-r.heard
	return errors.Join(err, r.client.Close())
}

// redisParcel is one message of the channel. Processes of two versions may
// understand one another: never change the names.
type redisParcel struct {
	From     string            `json:"from"`
	Number   uint64            `json:"number"` // rises, so that one that was sent twice is heard once
	At       int64             `json:"at"`     // when it was sent, by the clock of the sender, in ns since 1970
	Messages []json.RawMessage `json:"messages"`
	Lost     bool              `json:"lost,omitempty"` // something that should have come before
}

// sendBatch tries until the batch is sent, or until there is no use in it. One
// that may have arrived is sent again: whoever has heard it knows its number.
func (r *Redis) sendBatch(ctx context.Context, b batch) bool {
	r.number++
	parcel := redisParcel{From: r.self, Number: r.number, Messages: make([]json.RawMessage, len(b.messages)), Lost: b.lost}
	for i, message := range b.messages {
		parcel.Messages[i] = message
	}
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		parcel.At = time.Now().UnixNano()
		raw, err := json.Marshal(parcel)
		if err != nil { // it holds nothing but JSON
			return r.givenUp(b, err)
		}
		if err = r.client.Publish(ctx, channel, raw).Err(); err == nil {
			r.counts.sent.Add(int64(len(b.messages)))
			return true
		}
		if pause == firstPause {
			r.logger.Warn("other processes cannot be told yet; it is tried again", "error", err)
		}
		if ctx.Err() != nil || !wait(ctx, r.ending, pause) {
			return r.givenUp(b, err)
		}
	}
}

func (r *Redis) givenUp(b batch, err error) bool {
	r.logger.Warn("messages to other processes are lost", "messages", len(b.messages), "error", err)
	return false
}

// wait reports false when there is nothing to wait for any more.
func wait(ctx context.Context, ending <-chan struct{}, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ending:
		return false
	case <-ctx.Done():
		return false
	}
}

// subscribe returns when the server has confirmed it.
func (r *Redis) subscribe(ctx context.Context) (*redis.PubSub, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*redisTimeout)
	defer cancel()
	subscribed := r.client.Subscribe(ctx, channel)
	if _, err := subscribed.Receive(ctx); err != nil {
		_ = subscribed.Close()
		return nil, fmt.Errorf("subscribe: %w", err)
	}
	r.counts.up.Store(true)
	return subscribed, nil
}

// listenOn hears until ctx ends, over as many connections as it takes.
func (r *Redis) listenOn(ctx context.Context, subscribed *redis.PubSub, listener Listener) {
	numbers := map[string]uint64{} // the last of each process
	for pause := firstPause; ctx.Err() == nil; {
		if subscribed == nil {
			var err error
			if subscribed, err = r.subscribe(ctx); err != nil {
				wait(ctx, nil, pause)
				pause = min(2*pause, lastPause)
				continue
			}
			pause = firstPause
			r.logger.InfoContext(ctx, "other processes are heard again")
			listener.Missed()
		}
		err := r.hearFrom(ctx, subscribed, numbers, listener)
		_ = subscribed.Close()
		subscribed = nil
		r.counts.up.Store(false)
		if ctx.Err() == nil {
			r.logger.WarnContext(ctx, "the connection to other processes is lost", "error", err)
		}
	}
}

// hearFrom returns when the connection is lost or ctx ends. A connection on
// which nothing comes is asked whether it is one.
func (r *Redis) hearFrom(ctx context.Context, subscribed *redis.PubSub, numbers map[string]uint64, listener Listener) error {
	asked := false
	for {
		patience := checkEvery
		if asked {
			patience = redisTimeout
		}
		received, err := receive(ctx, subscribed, patience)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var late net.Error
		switch {
		case err == nil:
			asked = false
			if message, ok := received.(*redis.Message); ok {
				r.open(ctx, message.Payload, numbers, listener)
			}
		case errors.As(err, &late) && late.Timeout() && !asked:
			if err := subscribed.Ping(ctx); err != nil {
				return err
			}
			asked = true
		default:
			return err
		}
	}
}

// receive ends at once when ctx does, which the library's does not.
func receive(ctx context.Context, subscribed *redis.PubSub, patience time.Duration) (any, error) {
	stop := context.AfterFunc(ctx, func() { _ = subscribed.Close() })
	defer stop()
	return subscribed.ReceiveTimeout(ctx, patience)
}

func (r *Redis) open(ctx context.Context, payload string, numbers map[string]uint64, listener Listener) {
	var parcel redisParcel
	if err := json.Unmarshal([]byte(payload), &parcel); err != nil {
		r.logger.WarnContext(ctx, "a message of another process is not understood", "error", err)
		return
	}
	if parcel.From == r.self {
		r.counts.lag.Since(time.Unix(0, parcel.At))
		return
	}
	if parcel.Number <= numbers[parcel.From] {
		return // heard before
	}
	if len(numbers) > 1000 { // processes that have come and gone
		clear(numbers)
	}
	numbers[parcel.From] = parcel.Number
	if parcel.Lost {
		listener.Missed()
	}
	for _, message := range parcel.Messages {
		r.counts.heard.Add(1)
		listener.Hear(message)
	}
}
