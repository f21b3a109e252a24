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

// redisTimeout limits each command and each connection attempt.
const redisTimeout = 2 * time.Second

// Redis is a Backplane that uses PUBLISH and SUBSCRIBE on one channel of a Redis or
// Valkey server. It keeps two connections.
//
// While the server is down, Send queues messages, within bounds, and the backplane
// tries to reconnect with increasing pauses. When the server is back, the queued
// messages are sent.
type Redis struct {
	client *redis.Client
	logger *slog.Logger
	self   string
	queue  *queue
	counts counts
	number uint64 // of the last parcel

	mu       sync.Mutex
	started  bool
	cancel   context.CancelFunc // of the listener and the sender
	ending   chan struct{}      // closed by Stop
	sent     chan struct{}      // closed when the sender has ended
	listened chan struct{}      // closed when the listener has ended
}

var _ Backplane = (*Redis)(nil)

// NewRedis creates a backplane for the server at an address such as
// redis://user:password@host:6379/0 (rediss:// for TLS). It returns an error if the
// address is invalid, but does not connect. Start starts it.
//
// It returns a Backplane instead of a *Redis, because code that uses *Redis depends
// on the library's types, which adds a third of a second to each build.
func NewRedis(address string, logger *slog.Logger) (Backplane, error) {
	options, err := redis.ParseURL(address)
	if err != nil {
		return nil, errors.New("invalid Redis address: must have the form redis://host:6379") // without err, which may contain the password
	}
	silenceLibrary()
	options.MaxRetries = -1 // sendBatch retries
	options.DialerRetries = 1
	options.PoolSize = 2
	options.ContextTimeoutEnabled = true
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = redisTimeout, redisTimeout, redisTimeout
	r := &Redis{client: redis.NewClient(options), logger: logger, self: uuid.NewString()}
	r.queue = newQueue(&r.counts, logger)
	return r, nil
}

// silenceLibrary stops the library from writing to standard error. It returns the
// same errors as well.
var silenceLibrary = sync.OnceFunc(func() { redis.SetLogger(silence{}) })

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

// Send queues a message.
func (r *Redis) Send(message []byte) { r.queue.put(message) }

// Metrics returns the backplane's metrics.
func (r *Redis) Metrics() Metrics { return r.counts.metrics(r.queue.size()) }

// Start starts listening and sending. If the server is down, it keeps trying.
func (r *Redis) Start(ctx context.Context, listener Listener) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.started {
		return errors.New("started already")
	}
	r.started = true
	ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	r.ending, r.sent, r.listened = make(chan struct{}), make(chan struct{}), make(chan struct{})
	subscribed, err := r.subscribe(ctx)
	if err != nil {
		r.logger.WarnContext(ctx, "cannot receive from other processes yet", "error", err)
	}
	go func() {
		defer close(r.listened)
		r.listenOn(ctx, subscribed, listener)
	}()
	go r.queue.watchEcho(ctx)
	go func() {
		defer close(r.sent)
		r.queue.sendOn(r.ending, func(b batch) bool { return r.sendBatch(ctx, b) })
	}()
	return nil
}

// Stop sends the queued messages, and ends.
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
		err = fmt.Errorf("%d messages to other processes were not sent: %w", r.queue.size(), ctx.Err())
	}
	r.cancel()
	<-r.sent
	<-r.listened
	return errors.Join(err, r.client.Close())
}

// redisParcel is one message on the channel. Never change its names: during a
// deployment, processes of two versions exchange messages.
type redisParcel struct {
	From     string            `json:"from"`
	Number   uint64            `json:"number"` // increases, so that receivers can drop duplicates
	At       int64             `json:"at"`     // when it was sent, by the sender's clock, in ns since 1970
	Messages []json.RawMessage `json:"messages"`
	Lost     bool              `json:"lost,omitempty"` // earlier messages were lost
}

// sendBatch tries until the batch is sent or the backplane stops. A batch that may
// have arrived is sent again: receivers recognize its number.
func (r *Redis) sendBatch(ctx context.Context, b batch) bool {
	r.number++
	parcel := redisParcel{From: r.self, Number: r.number, Messages: make([]json.RawMessage, len(b.messages)), Lost: b.lost}
	for i, message := range b.messages {
		parcel.Messages[i] = message
	}
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		parcel.At = time.Now().UnixNano()
		raw, err := json.Marshal(parcel)
		if err != nil { // impossible: the messages are valid JSON
			return r.giveUp(b, err)
		}
		if err = r.client.Publish(ctx, channel, raw).Err(); err == nil {
			r.counts.sent.Add(int64(len(b.messages)))
			return true
		}
		if pause == firstPause {
			r.logger.Warn("cannot send to other processes yet; retrying", "error", err)
		}
		if ctx.Err() != nil || !wait(ctx, r.ending, pause) {
			return r.giveUp(b, err)
		}
	}
}

func (r *Redis) giveUp(b batch, err error) bool {
	if len(b.messages) > 0 {
		r.logger.Warn("messages to other processes were lost", "messages", len(b.messages), "error", err)
	}
	return false
}

// wait returns false if ending is closed or ctx ends before the pause is over.
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

// subscribe returns when the server has confirmed the subscription.
func (r *Redis) subscribe(ctx context.Context) (*redis.PubSub, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*redisTimeout)
	defer cancel()
	subscribed := r.client.Subscribe(ctx, channel)
	if _, err := subscribed.Receive(ctx); err != nil {
		_ = subscribed.Close()
		return nil, fmt.Errorf("subscribe: %w", err)
	}
	r.counts.connected()
	return subscribed, nil
}

// listenOn receives until ctx ends, and reconnects as often as necessary.
func (r *Redis) listenOn(ctx context.Context, subscribed *redis.PubSub, listener Listener) {
	numbers := map[string]uint64{} // the last number of each process
	for pause := firstPause; ctx.Err() == nil; {
		if subscribed == nil {
			var err error
			if subscribed, err = r.subscribe(ctx); err != nil {
				wait(ctx, nil, pause)
				pause = min(2*pause, lastPause)
				continue
			}
			pause = firstPause
			r.logger.InfoContext(ctx, "receiving from other processes again")
			listener.Missed()
		}
		err := r.receiveFrom(ctx, subscribed, numbers, listener)
		_ = subscribed.Close()
		subscribed = nil
		r.counts.up.Store(false)
		if ctx.Err() == nil {
			r.logger.WarnContext(ctx, "lost the connection to other processes", "error", err)
		}
	}
}

// receiveFrom returns when the connection is lost or ctx ends. It pings a connection
// on which nothing arrives.
func (r *Redis) receiveFrom(ctx context.Context, subscribed *redis.PubSub, numbers map[string]uint64, listener Listener) error {
	pinged := false
	for {
		timeout := checkEvery
		if pinged {
			timeout = redisTimeout
		}
		received, err := receive(ctx, subscribed, timeout)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var netErr net.Error
		switch {
		case err == nil:
			pinged = false
			if message, ok := received.(*redis.Message); ok {
				r.open(ctx, message.Payload, numbers, listener)
			}
		case errors.As(err, &netErr) && netErr.Timeout() && !pinged:
			if err := subscribed.Ping(ctx); err != nil {
				return err
			}
			pinged = true
		default:
			return err
		}
	}
}

// receive returns as soon as ctx ends, unlike the library's method.
func receive(ctx context.Context, subscribed *redis.PubSub, timeout time.Duration) (any, error) {
	stop := context.AfterFunc(ctx, func() { _ = subscribed.Close() })
	defer stop()
	return subscribed.ReceiveTimeout(ctx, timeout)
}

func (r *Redis) open(ctx context.Context, payload string, numbers map[string]uint64, listener Listener) {
	var parcel redisParcel
	if err := json.Unmarshal([]byte(payload), &parcel); err != nil {
		r.logger.WarnContext(ctx, "cannot decode a message from another process", "error", err)
		return
	}
	if parcel.From == r.self {
		if r.counts.echo(parcel.At) {
			r.logger.InfoContext(ctx, "receiving from other processes again")
			listener.Missed()
		}
		return
	}
	if parcel.Number <= numbers[parcel.From] {
		return // a duplicate
	}
	if len(numbers) > 1000 { // most of these processes have ended
		clear(numbers)
	}
	numbers[parcel.From] = parcel.Number
	if parcel.Lost {
		listener.Missed()
	}
	for _, message := range parcel.Messages {
		r.counts.received.Add(1)
		listener.Receive(message)
	}
}
