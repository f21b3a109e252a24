package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/internal/durable"
	"example.com/pergola/core/internal/work"
	"example.com/pergola/core/observe"
)

// PostgresOptions says how a Postgres works. The zero value does.
type PostgresOptions struct {
	Logger      *slog.Logger     // told of deliveries that are listed as failed; nothing unless set
	Reporter    observe.Reporter // told of every failed attempt that is nobody's fault; nothing unless set
	Concurrency int              // events that one handler handles at once in this process; 10 unless set

	// Backoff is the pause after that many failed attempts. Unless set it
	// doubles from a second to an hour, a fifth more or less.
	Backoff func(attempt int) time.Duration

	// Poll is how often every handler looks for deliveries that no notification
	// told of, such as those between two attempts. A second unless set.
	Poll time.Duration

	// Orphans is how long a delivery waits for a process that knows its handler
	// before it is listed as failed. A quarter of an hour unless set.
	Orphans time.Duration

	// Keep is how long a published event stays in the table events_messages,
	// to be looked at: deliveries do not need it. 30 days unless set.
	Keep time.Duration
}

// Postgres is the Dispatcher that keeps events in the application's database.
// Publishing stores the event and one delivery for each of its handlers, as
// jobs of River, with the transaction of the context; they survive the process.
// Any number of processes may deliver.
//
// When a process dies, others take over what it had begun within some seconds;
// that counts as an attempt. A delivery whose handler no running program knows
// waits for one that does, so that an old and a new version may run side by
// side, and is listed as failed when none comes. Up to a thousand failures are
// listed, the newest; none is ever removed.
//
// The deliveries of a key wait in a lane of their handler: a table beside
// River's that says whose turn it is. All but the first are held back, and each
// that is finished releases the next. Publishing with a key locks the key until
// the transaction ends, so that lanes are in the order of the commits; two
// transactions that publish with the same keys in different order may be told
// by Postgres that they wait for one another.
type Postgres struct {
	options PostgresOptions
	db      *database.DB
	engine  *durable.Engine

	mu       sync.RWMutex
	registry *registry // nil until sealed
	byName   map[string]Handler

	housekeeping housekeeping
}

var _ Dispatcher = (*Postgres)(nil)

// NewPostgres makes a Postgres that is neither sealed nor started. The
// database must have all migrations before it is used.
func NewPostgres(db *database.DB, options PostgresOptions) (*Postgres, error) {
	p := &Postgres{db: db, options: options.withDefaults()}
	engine, err := durable.New(durable.Options{
		DB:      db,
		Side:    durable.Events,
		Logger:  p.options.Logger,
		Backoff: p.options.Backoff,
		Poll:    p.options.Poll,
		Orphans: p.options.Orphans,
		Do:      p.do,
		Failed:  p.failed,
		IsFinal: work.IsGivenUp,
		Settled: p.settled,
		Tend:    p.tend,
	})
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	p.engine = engine
	return p, nil
}

func (o PostgresOptions) withDefaults() PostgresOptions {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Reporter == nil {
		o.Reporter = observe.NewReporter(func(context.Context, observe.Failure) {})
	}
	if o.Backoff == nil {
		o.Backoff = work.Backoff
	}
	if o.Concurrency == 0 {
		o.Concurrency = 10
	}
	if o.Poll == 0 {
		o.Poll = time.Second
	}
	if o.Orphans == 0 {
		o.Orphans = 15 * time.Minute
	}
	if o.Keep == 0 {
		o.Keep = 30 * 24 * time.Hour
	}
	return o
}

// Seal tells which events and handlers there are.
func (p *Postgres) Seal(manifests []feature.Manifest) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.registry != nil {
		return errors.New("events: sealed twice")
	}
	registry, err := newRegistry(manifests)
	if err != nil {
		return err
	}
	p.registry, p.byName = registry, map[string]Handler{}
	var names []string
	queues := map[string]durable.Queue{}
	for _, handlers := range registry.handlers {
		for _, handler := range handlers {
			p.byName[handler.name] = handler
			names = append(names, handler.name)
			queues[queueOf(handler.name)] = durable.Queue{Width: p.options.Concurrency}
		}
	}
	p.engine.Register(names, queues)
	return nil
}

// Insert stores a message and its deliveries with the transaction of the
// context.
func (p *Postgres) Insert(ctx context.Context, message Message) error {
	handlers, err := p.handlersOf(message.Event)
	if err != nil {
		return err
	}
	if p.db.Tx(ctx) == nil {
		return errors.New("the transaction is one of another database than the one that keeps the events")
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make an id: %w", err)
	}
	message.ID = id.String()
	message.PublishedAt = time.Now().UTC()
	_, err = p.db.Exec(ctx, `insert into events_messages (id, event, key, payload, published_at) values ($1, $2, $3, $4, $5)`,
		message.ID, message.Event, message.Key, message.Payload, message.PublishedAt)
	if err != nil {
		return fmt.Errorf("store the event: %w", err)
	}
	if message.Key != "" && len(handlers) > 0 {
		return p.insertInOrder(ctx, message, handlers)
	}
	_, err = p.engine.Insert(ctx, deliveriesOf(message, handlers)...)
	return err
}

func (p *Postgres) handlersOf(event string) ([]Handler, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.registry.handlersOf(event)
}

func deliveriesOf(message Message, handlers []Handler) []durable.Piece {
	pieces := make([]durable.Piece, len(handlers))
	for n, handler := range handlers {
		pieces[n] = durable.Piece{
			Kind:        handler.name,
			Queue:       queueOf(handler.name),
			Priority:    1,
			MaxAttempts: handler.maxAttempts,
			Held:        message.Key != "",
			Args: durable.Args{
				Payload:     message.Payload,
				Timeout:     handler.timeout,
				Trace:       message.Trace,
				Event:       message.Event,
				Message:     message.ID,
				Key:         message.Key,
				PublishedAt: message.PublishedAt,
			},
		}
	}
	return pieces
}

func messageOf(args durable.Args) Message {
	return Message{
		ID: args.Message, Event: args.Event, Key: args.Key, Payload: args.Payload,
		PublishedAt: args.PublishedAt, Trace: args.Trace,
	}
}

func (p *Postgres) do(ctx context.Context, piece durable.Piece) error {
	p.mu.RLock()
	handler, known := p.byName[piece.Kind]
	p.mu.RUnlock()
	if !known {
		return fmt.Errorf("there is no handler %q", piece.Kind)
	}
	delivering := work.WithCompletion(ctx, func(ctx context.Context) error {
		if p.db.Tx(ctx) == nil {
			return errors.New("events.Once was given the transactor of another database than the one that keeps the events")
		}
		return p.engine.Complete(ctx, piece)
	})
	if err := handler.Deliver(delivering, messageOf(piece.Args), piece.Attempt); err != nil {
		return err
	}
	if piece.Args.Key != "" {
		p.finishInOrder(ctx, piece)
	}
	return nil
}

func (p *Postgres) failed(ctx context.Context, piece durable.Piece, err error, last bool) {
	p.options.Reporter.Report(ctx, err)
	if last {
		logFailed(ctx, p.options.Logger, piece.Args.Event, piece.Kind, strconv.FormatInt(piece.ID, 10), piece.Attempt, err)
	}
}

// Start begins to deliver.
func (p *Postgres) Start(ctx context.Context) error {
	if err := p.engine.Start(ctx); err != nil {
		return fmt.Errorf("start events: %w", err)
	}
	return nil
}

// Stop ends the deliveries that run, within ctx.
func (p *Postgres) Stop(ctx context.Context) error {
	if err := p.engine.Stop(ctx); err != nil {
		return fmt.Errorf("stop events: %w", err)
	}
	return nil
}

// Drain waits until every delivery has succeeded or is listed as failed, in
// whatever process.
func (p *Postgres) Drain(ctx context.Context) error {
	if err := p.engine.Drain(ctx); err != nil {
		return fmt.Errorf("drain events: %w", err)
	}
	return nil
}

// Failures are the deliveries that have used up their attempts, oldest first.
func (p *Postgres) Failures(ctx context.Context) ([]Failure, error) {
	listed, err := p.engine.Failures(ctx)
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	failures := make([]Failure, 0, len(listed))
	for _, failed := range listed {
		message := messageOf(failed.Piece.Args)
		failures = append(failures, Failure{
			ID:          strconv.FormatInt(failed.Piece.ID, 10),
			Event:       message.Event,
			Handler:     failed.Piece.Kind,
			MessageID:   message.ID,
			Key:         message.Key,
			Payload:     message.Payload,
			PublishedAt: message.PublishedAt,
			FailedAt:    failed.At,
			Attempts:    failed.Piece.Attempt,
			Error:       failed.Error,
			Stack:       failed.Stack,
		})
	}
	return failures, nil
}

// Replay gives a failed delivery all its attempts again.
func (p *Postgres) Replay(ctx context.Context, failureID string) error {
	return p.db.InTx(ctx, func(ctx context.Context) error {
		piece, err := p.engine.Replay(ctx, failureID)
		if err != nil || piece.Args.Key == "" {
			return err
		}
		return p.queueUp(ctx, messageOf(piece.Args), []string{piece.Kind}, []int64{piece.ID})
	})
}
