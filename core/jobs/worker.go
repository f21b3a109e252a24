package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/internal/durable"
	"example.com/pergola/core/observe"
)

// WorkerOptions configures a Worker. The zero value is usable.
type WorkerOptions struct {
	Logger   *slog.Logger     // logs jobs that fail permanently; discards unless set
	Reporter observe.Reporter // receives failed attempts other than expected faults; discards unless set
	Now      feature.Clock    // for schedules; the clock of the database unless set

	// Backoff is the pause after that many failed attempts. Unless set it
	// doubles from a second to an hour, plus or minus a fifth.
	Backoff func(attempt int) time.Duration

	// PollInterval is how often queues look for jobs without a notification,
	// such as retries. A second unless set.
	PollInterval time.Duration

	// OrphanTimeout is how long a job waits for a process that has its name and
	// queue before it fails. 15 minutes unless set.
	OrphanTimeout time.Duration
}

// Worker is the application's Queue, and runs its jobs and schedules. It stores
// jobs in the application's database with River. Any number of processes may work
// on the same queues; each tick of a schedule enqueues its job once.
//
// When a process dies, others take over its jobs within a few seconds; the
// interrupted attempt counts. A job that no running program has waits for one
// that does, so that an old and a new version can run at the same time, and fails
// after OrphanTimeout. Failed jobs are never removed.
//
// A job with At may run up to five seconds late, and a schedule a second or two.
// Missed ticks are made up for once; see Recurrence.
type Worker struct {
	options WorkerOptions
	db      *database.DB
	engine  *durable.Engine

	mu       sync.RWMutex
	registry *registry // nil until Register
}

var _ Queue = (*Worker)(nil)

// NewWorker creates a Worker that has no handlers and is not started. The
// database must be migrated before it is used.
func NewWorker(db *database.DB, options WorkerOptions) (*Worker, error) {
	if options.Reporter == nil {
		options.Reporter = observe.NewReporter(func(context.Context, observe.Failure) {})
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	w := &Worker{db: db, options: options}
	engine, err := durable.New(durable.Options{
		DB:            db,
		Partition:     durable.Jobs,
		Run:           w.work,
		Maintain:      w.enqueueDue,
		Logger:        options.Logger,
		Reporter:      options.Reporter,
		Backoff:       options.Backoff,
		PollInterval:  options.PollInterval,
		OrphanTimeout: options.OrphanTimeout,
	})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	w.engine = engine
	return w, nil
}

// Register sets the jobs, handlers, queues and schedules of the application. It
// is called once, before the first job; enqueuing fails until then. Its error
// has a line for each mistake, with the file to fix.
func (w *Worker) Register(manifests []feature.Manifest) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.registry != nil {
		return errors.New("jobs: Register was called twice")
	}
	registry, err := newRegistry(manifests)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(registry.handlers))
	for name := range registry.handlers {
		names = append(names, name)
	}
	queues := make(map[string]durable.Queue, len(registry.queues))
	for name, config := range registry.queues {
		queues[name] = durable.Queue{Concurrency: config.Concurrency, FetchInterval: config.FetchInterval}
	}
	w.engine.Register(names, queues)
	w.registry = registry
	return nil
}

func (w *Worker) registered() *registry {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.registry
}

// Insert implements Queue.
func (w *Worker) Insert(ctx context.Context, entry Entry) error {
	registry := w.registered()
	if _, err := registry.handlerOf(entry); err != nil {
		return err
	}
	_, err := w.engine.Insert(ctx, durable.Task{
		Kind:        entry.Job,
		Queue:       entry.Queue,
		Priority:    entry.Priority,
		MaxAttempts: entry.MaxAttempts,
		At:          entry.At,
		Args: durable.Args{
			Payload: entry.Payload,
			Timeout: entry.Timeout,
			Unique:  entry.UniqueKey,
			Trace:   entry.Trace,
		},
	})
	return err
}

func (w *Worker) work(ctx context.Context, task durable.Task) error {
	entry := entryOf(task)
	registry := w.registered()
	handler, err := registry.handlerOf(entry)
	if err != nil {
		return err
	}
	return handler.Work(ctx, entry, task.Attempt)
}

func entryOf(task durable.Task) Entry {
	return Entry{
		ID:          strconv.FormatInt(task.ID, 10),
		Job:         task.Kind,
		Payload:     task.Args.Payload,
		Queue:       task.Queue,
		Priority:    task.Priority,
		MaxAttempts: task.MaxAttempts,
		Timeout:     task.Args.Timeout,
		UniqueKey:   task.Args.Unique,
		At:          task.At,
		EnqueuedAt:  task.EnqueuedAt,
		Trace:       task.Args.Trace,
	}
}

// Start begins to run jobs and schedules, including jobs enqueued before. The
// values of the context reach the handlers; its cancellation does not.
func (w *Worker) Start(ctx context.Context) error { return w.engine.Start(ctx) }

// Stop starts no further jobs and waits for those that are running. When ctx
// ends, it cancels them, and they run again after the next Start as if they had
// not begun. It fails only if a handler ignores the cancellation.
func (w *Worker) Stop(ctx context.Context) error { return w.engine.Stop(ctx) }

// Drain waits until every job that is due, in any process, is done or has failed
// permanently, including those enqueued in the meantime and pauses between
// attempts. It does not wait for jobs that are due later. It fails when ctx ends,
// or if jobs are waiting and the Worker is not started. Handlers must not call
// it.
func (w *Worker) Drain(ctx context.Context) error { return w.engine.Drain(ctx) }
