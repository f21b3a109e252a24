package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/internal/durable"
	"example.com/pergola/core/observe"
)

// DispatcherOptions configures a Dispatcher. The zero value is usable.
type DispatcherOptions struct {
	Logger   *slog.Logger     // logs deliveries that fail permanently; discards unless set
	Reporter observe.Reporter // receives failed attempts other than expected faults; discards unless set

	// Concurrency is the number of events a handler processes at the same time
	// in this process. 10 unless set.
	Concurrency int

	// Backoff is the pause after that many failed attempts. Unless set it
	// doubles from a second to an hour, plus or minus a fifth.
	Backoff func(attempt int) time.Duration

	// PollInterval is how often handlers look for deliveries without a
	// notification, such as retries. A second unless set.
	PollInterval time.Duration

	// OrphanTimeout is how long a delivery waits for a process that has its
	// handler before it fails. 15 minutes unless set.
	OrphanTimeout time.Duration

	// Retention is how long events are kept for inspection in the table
	// events_messages. Deliveries do not need them. 30 days unless set.
	Retention time.Duration
}

// Dispatcher is the application's Outbox, and delivers published events. It
// stores each event, and one River job per handler as its deliveries, in the
// transaction of the context. Any number of processes may deliver.
//
// When a process dies, others take over its deliveries within a few seconds;
// the interrupted attempt counts. A delivery whose handler no running program
// has waits for one that does, so that an old and a new version can run at the
// same time, and fails after OrphanTimeout. Failed deliveries are never removed.
//
// The deliveries of one key and handler run one at a time; see OrderBy.
// Publishing with a key locks the key until the transaction ends, so
// that deliveries are in commit order. Two transactions that publish with the
// same keys in a different order may deadlock, and Postgres aborts one of them.
type Dispatcher struct {
	options DispatcherOptions
	db      *database.DB
	engine  *durable.Engine

	mu       sync.RWMutex
	registry *registry // nil until Register

	lastMaintenance maintenanceTimes
}

var _ Outbox = (*Dispatcher)(nil)

// NewDispatcher creates a Dispatcher that has no handlers and is not started.
// The database must be migrated before it is used.
func NewDispatcher(db *database.DB, options DispatcherOptions) (*Dispatcher, error) {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.Concurrency == 0 {
		options.Concurrency = 10
	}
	if options.Retention == 0 {
		options.Retention = 30 * 24 * time.Hour
	}
	d := &Dispatcher{db: db, options: options}
	engine, err := durable.New(durable.Options{
		DB:            db,
		Partition:     durable.Events,
		Run:           d.deliver,
		OnFailed:      d.releaseNext,
		Maintain:      d.maintain,
		Logger:        options.Logger,
		Reporter:      options.Reporter,
		Backoff:       options.Backoff,
		PollInterval:  options.PollInterval,
		OrphanTimeout: options.OrphanTimeout,
	})
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	d.engine = engine
	return d, nil
}

// Register sets the events and handlers of the application. It is called once,
// before the first event; publishing fails until then. Its error has a line for
// each mistake, with the file to fix.
func (d *Dispatcher) Register(manifests []feature.Manifest) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.registry != nil {
		return errors.New("events: Register was called twice")
	}
	registry, err := newRegistry(manifests)
	if err != nil {
		return err
	}
	d.registry = registry
	var names []string
	queues := map[string]durable.Queue{}
	for name := range registry.byName {
		names = append(names, name)
		queues[queueOf(name)] = durable.Queue{Concurrency: d.options.Concurrency}
	}
	d.engine.Register(names, queues)
	return nil
}

func (d *Dispatcher) registered() *registry {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.registry
}

// Insert implements Outbox.
func (d *Dispatcher) Insert(ctx context.Context, message Message) error {
	handlers, err := d.registered().handlersOf(message.Event)
	if err != nil {
		return err
	}
	if d.db.Tx(ctx) == nil {
		return errors.New("the transaction is on a different database than the events")
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("create an id: %w", err)
	}
	message.ID = id.String()
	message.PublishedAt = d.db.Now().UTC()
	_, err = d.db.Exec(ctx, `insert into events_messages (id, event, key, payload, published_at) values ($1, $2, $3, $4, $5)`,
		message.ID, message.Event, message.Key, message.Payload, message.PublishedAt)
	if err != nil {
		return fmt.Errorf("store the event: %w", err)
	}
	if message.Key != "" && len(handlers) > 0 {
		return d.insertOrdered(ctx, message, handlers)
	}
	_, err = d.engine.Insert(ctx, deliveryTasks(message, handlers)...)
	return err
}

func deliveryTasks(message Message, handlers []Handler) []durable.Task {
	tasks := make([]durable.Task, len(handlers))
	for n, handler := range handlers {
		tasks[n] = durable.Task{
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
	return tasks
}

func messageOf(args durable.Args) Message {
	return Message{
		ID: args.Message, Event: args.Event, Key: args.Key, Payload: args.Payload,
		PublishedAt: args.PublishedAt, Trace: args.Trace,
	}
}

func (d *Dispatcher) deliver(ctx context.Context, task durable.Task) error {
	handler, known := d.registered().byName[task.Kind]
	if !known {
		return fmt.Errorf("there is no handler %q", task.Kind)
	}
	if err := handler.Deliver(ctx, messageOf(task.Args), task.Attempt); err != nil {
		return err
	}
	if task.Args.Key != "" {
		d.completeOrdered(ctx, task)
	}
	return nil
}

// Start begins delivering, including events published before. The values of
// the context reach the handlers; its cancellation does not.
func (d *Dispatcher) Start(ctx context.Context) error { return d.engine.Start(ctx) }

// Stop begins no further deliveries and waits for those that are running. When
// ctx ends, it cancels them, and they are delivered again after the next Start
// as if they had not begun. It fails only if a handler ignores the cancellation.
func (d *Dispatcher) Stop(ctx context.Context) error { return d.engine.Stop(ctx) }

// Drain waits until every delivery in any process has succeeded or failed
// permanently, including events published in the meantime and pauses between
// attempts. It fails when ctx ends, or if deliveries are waiting and the
// Dispatcher is not started. Handlers must not call it.
func (d *Dispatcher) Drain(ctx context.Context) error { return d.engine.Drain(ctx) }
