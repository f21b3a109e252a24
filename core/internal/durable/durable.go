// Package durable is a task queue in Postgres, shared by core/events and
// core/jobs. It is the only package that imports River, whose table river_job
// holds the tasks.
//
// A task is inserted by the transaction in the context, so it exists if and
// only if that transaction commits. It runs at least once. A task that fails is
// retried after a pause; after its last attempt it stays in the table as failed,
// with the error and stack of that attempt, until it is replayed.
//
// # When a process dies
//
// By default River waits an hour before it takes a task away from a process that
// no longer responds. Here every started engine holds an advisory lock, which
// the server releases when the process is gone. The other engines check the
// locks once a second and, a few seconds after one became free, return the dead
// process's tasks to the queue. The interrupted attempt counts, so a task that
// kills its process is not retried forever. An engine also checks itself: a task
// that the table lists as running in this process, but that is not, is returned
// after a minute.
//
// # When a handler disappears
//
// A task whose kind this program does not have is not fetched: it waits for a
// program that has it, as during a deployment in which an old and a new version
// run at the same time. If it is not fetched within Options.OrphanTimeout, it is
// marked as failed.
package durable

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"example.com/pergola/core/database"
	"example.com/pergola/core/observe"
)

// Partition selects the rows of the table that belong to an engine, as an SQL
// condition. Events and jobs share the table and never touch each other's rows.
type Partition string

// Queues of events have a hyphen in their names, which queues of jobs cannot.
const (
	Events Partition = `queue like 'event-%'`
	Jobs   Partition = `queue not like 'event-%'`
)

// String is the partition's name, for logs and errors.
func (p Partition) String() string {
	if p == Events {
		return "events"
	}
	return "jobs"
}

// Options configures an engine. DB, Partition and Run are required.
type Options struct {
	DB        *database.DB
	Partition Partition

	// Run makes one attempt. It must not panic. Its context ends with the
	// attempt's timeout, or when Stop runs out of time.
	Run func(ctx context.Context, task Task) error

	OnFailed func(ctx context.Context, task Task) // called when a task was stored as failed; may be nil
	Maintain func(ctx context.Context) error      // called every second while started; may be nil

	Logger   *slog.Logger     // discards unless set
	Reporter observe.Reporter // receives each failed attempt; discards unless set

	Backoff       func(attempt int) time.Duration // pause after that many failed attempts; Backoff unless set
	PollInterval  time.Duration                   // how often to look for tasks without a notification; a second unless set
	OrphanTimeout time.Duration                   // how long an unknown kind waits; 15 minutes unless set
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Reporter == nil {
		o.Reporter = observe.NewReporter(func(context.Context, observe.Failure) {})
	}
	if o.Backoff == nil {
		o.Backoff = Backoff
	}
	if o.PollInterval == 0 {
		o.PollInterval = time.Second
	}
	if o.OrphanTimeout == 0 {
		o.OrphanTimeout = 15 * time.Minute
	}
	return o
}

// Queue configures how this process works through a queue.
type Queue struct {
	Concurrency   int           // tasks that run at once
	FetchInterval time.Duration // minimum time between two fetches
}

// Engine inserts tasks and, while it is started, runs them.
type Engine struct {
	options Options
	insert  *river.Client[pgx.Tx]

	mu       sync.Mutex
	session  *session // nil while stopped
	kinds    []string // set by Register
	queues   map[string]Queue
	canceled atomic.Bool // running tasks are being canceled by Stop
	running  running
}

// New creates an engine that is not started and has no queues.
func New(options Options) (*Engine, error) {
	options = options.withDefaults()
	insert, err := river.NewClient(driver{riverpgxv5.New(options.DB.Pool())}, &river.Config{
		Logger: warningsOnly(options.Logger),
		// River skips a notification that follows another within this time,
		// although the second may be committed much later.
		FetchCooldown: river.FetchCooldownMin,
	})
	if err != nil {
		return nil, fmt.Errorf("set up River: %w", err)
	}
	return &Engine{options: options, insert: insert}, nil
}

// Register sets the kinds and queues that this program has. It is called once,
// before Start.
func (e *Engine) Register(kinds []string, queues map[string]Queue) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.kinds, e.queues = kinds, queues
}

// Insert stores tasks in the transaction of the context, or in a new one if
// there is none, and returns their ids. A unique task is skipped while an equal
// one is unfinished, and the id is that of the existing task.
func (e *Engine) Insert(ctx context.Context, tasks ...Task) ([]int64, error) {
	if len(tasks) == 0 {
		return nil, nil
	}
	params := make([]river.InsertManyParams, len(tasks))
	for n, task := range tasks {
		params[n] = task.insertParams(e.options.DB.Now())
	}
	ids := make([]int64, len(tasks))
	err := e.options.DB.InTx(ctx, func(ctx context.Context) error {
		results, err := e.insert.InsertManyTx(ctx, e.options.DB.Tx(ctx), params)
		if err != nil {
			return fmt.Errorf("store: %w", err)
		}
		for n, result := range results {
			ids[n] = result.Job.ID
		}
		return nil
	})
	return ids, err
}

// stackSeparator separates an error from its stack in River's column.
const stackSeparator = "\n\nstack:\n"

// errorWithStack is what is stored for a failed attempt.
type errorWithStack struct {
	error
	stack string
}

func (e *errorWithStack) Unwrap() error { return e.error }

func (e *errorWithStack) Error() string {
	if e.stack == "" {
		return e.error.Error()
	}
	return e.error.Error() + stackSeparator + e.stack
}

func splitStack(text string) (message, stack string) {
	message, stack, _ = strings.Cut(text, stackSeparator)
	return message, stack
}

// warningsOnly drops River's messages below warnings: it logs every failed
// attempt, which is already reported here.
func warningsOnly(logger *slog.Logger) *slog.Logger {
	return slog.New(&warningHandler{logger.Handler()})
}

type warningHandler struct{ slog.Handler }

func (w *warningHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

func (w *warningHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &warningHandler{w.Handler.WithAttrs(attrs)}
}

func (w *warningHandler) WithGroup(name string) slog.Handler {
	return &warningHandler{w.Handler.WithGroup(name)}
}
