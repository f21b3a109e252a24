// Package durable does pieces of work that are kept in Postgres: what events
// and jobs stand on where there is a database. It is the only package that
// knows River, whose table river_job holds the pieces.
//
// A piece is inserted by the transaction of the context, so it exists if and
// only if that commits. It is done at least once. What fails is tried again
// after a pause; after the last attempt it stays in the table as failed, with
// the error and the stack of its last attempt, until it is replayed.
//
// # When a process dies
//
// River by itself waits an hour before it takes work away from a process that
// does not answer. Here every engine that works holds an advisory lock, which
// the server lets go of when the process is gone. The others look every second
// whose lock is free, and a few seconds later hand back what it had begun. The
// attempt counts, so that work which kills its process does not do so for ever.
// An engine also looks after itself: what the table says it is doing, and it is
// not, is handed back after a minute.
//
// # When names disappear
//
// A piece whose kind this program does not know is not fetched: it waits for
// the program that does, as in a deployment where an old and a new version run
// side by side. When nobody took it for Options.Orphans it is listed as failed.
package durable

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"example.com/pergola/core/database"
)

// Side is which queues of the table belong to an engine: events and jobs share
// it, and neither touches what is the other's.
type Side string

// A queue of events has a hyphen in its name, which a queue of jobs cannot.
const (
	Events Side = `queue like 'event-%'`
	Jobs   Side = `queue not like 'event-%'`
)

// String is the side's name in the log.
func (s Side) String() string {
	if s == Events {
		return "events"
	}
	return "jobs"
}

// Options says how an engine works. All are required but Tend and Settled.
type Options struct {
	DB     *database.DB
	Side   Side
	Logger *slog.Logger

	Backoff func(attempt int) time.Duration // the pause after that many failed attempts
	Poll    time.Duration                   // how often to look for work that no notification told of
	Orphans time.Duration                   // how long to wait for somebody who knows a piece's kind

	// Do makes one attempt. It must not panic. Its context ends with the
	// attempt's timeout, or when stopping takes too long.
	Do func(ctx context.Context, piece Piece) error

	// Failed is told of every failed attempt, and whether it was the last.
	Failed func(ctx context.Context, piece Piece, err error, last bool)

	// IsFinal reports whether after this error another attempt is in vain.
	IsFinal func(err error) bool

	Settled func(ctx context.Context, piece Piece) // a piece is stored as failed
	Tend    func(ctx context.Context) error        // housekeeping, every second while started
}

// Args is what is stored of a piece beside River's own columns. Names are
// stored: never change them.
type Args struct {
	Payload json.RawMessage `json:"payload"`
	Timeout time.Duration   `json:"timeout"` // nanoseconds
	Unique  string          `json:"unique,omitempty" river:"unique"`
	Trace   string          `json:"trace,omitempty"`

	// Of events only.
	Event       string    `json:"event,omitempty"`
	Message     string    `json:"message,omitempty"`
	Key         string    `json:"key,omitempty"`
	PublishedAt time.Time `json:"publishedAt,omitzero"`

	kind string
}

// Kind is the name that River stores beside the arguments.
func (a Args) Kind() string { return a.kind }

// Piece is one thing to be done.
type Piece struct {
	ID          int64 // given by Insert
	Kind        string
	Queue       string
	Priority    int
	MaxAttempts int
	At          time.Time // not before; zero for at once
	Held        bool      // inserted but not done until it is released
	Args        Args

	Attempt    int // from 1, of a piece that is being done
	EnqueuedAt time.Time
	holder     string
}

// maxAttempts is what River's column can hold.
const maxAttempts = 1<<15 - 1

// Engine inserts pieces and, while it is started, does them.
type Engine struct {
	options Options
	insert  *river.Client[pgx.Tx]

	mu       sync.Mutex
	run      *run     // nil while stopped
	kinds    []string // known since Register
	queues   map[string]Queue
	stopping atomic.Bool // what runs is being cancelled
	atWork   atWork
}

// New makes an engine that is not started and has no queues.
func New(options Options) (*Engine, error) {
	insert, err := river.NewClient(riverpgxv5.New(options.DB.Pool()), &river.Config{
		Logger: quiet(options.Logger),
		// River leaves out a notification that follows another within this
		// time, although the other may be committed much later.
		FetchCooldown: river.FetchCooldownMin,
	})
	if err != nil {
		return nil, fmt.Errorf("set up River: %w", err)
	}
	return &Engine{options: options, insert: insert}, nil
}

// Queue is how a queue is worked through in this process.
type Queue struct {
	Width int           // how many pieces at once
	Pause time.Duration // how long at least between taking some and taking the next
}

// Register says which kinds there are, and which queues. It is called once,
// before Start.
func (e *Engine) Register(kinds []string, queues map[string]Queue) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.kinds, e.queues = kinds, queues
}

// Insert takes pieces in with the transaction of the context, or in one of
// their own, and returns their ids. A piece is left out if it is unique and an
// equal one is unfinished; the id is that one's then.
func (e *Engine) Insert(ctx context.Context, pieces ...Piece) ([]int64, error) {
	if len(pieces) == 0 {
		return nil, nil
	}
	params := make([]river.InsertManyParams, len(pieces))
	for n, piece := range pieces {
		params[n] = insertion(piece)
	}
	ids := make([]int64, len(pieces))
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

func insertion(piece Piece) river.InsertManyParams {
	piece.Args.kind = piece.Kind
	options := &river.InsertOpts{
		Queue:       piece.Queue,
		Priority:    piece.Priority,
		MaxAttempts: min(piece.MaxAttempts, maxAttempts),
		Pending:     piece.Held,
	}
	if piece.At.After(time.Now()) {
		options.ScheduledAt = piece.At
	}
	if piece.Args.Unique != "" {
		options.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
			rivertype.JobStateRetryable, rivertype.JobStateScheduled,
		}}
	}
	return river.InsertManyParams{Args: piece.Args, InsertOpts: options}
}

// pieceOf reads a row back.
func pieceOf(row *rivertype.JobRow, args Args) Piece {
	piece := Piece{
		ID: row.ID, Kind: row.Kind, Queue: row.Queue, Priority: row.Priority, MaxAttempts: row.MaxAttempts,
		At: row.ScheduledAt, Args: args, Attempt: row.Attempt, EnqueuedAt: row.CreatedAt,
	}
	if n := len(row.AttemptedBy); n > 0 {
		piece.holder = row.AttemptedBy[n-1]
	}
	return piece
}

// stackMark stands between an error and its stack in River's column.
const stackMark = "\n\nstack:\n"

// withStack is what is stored of a failed attempt.
type withStack struct {
	error
	stack string
}

func (w *withStack) Unwrap() error { return w.error }

func (w *withStack) Error() string {
	if w.stack == "" {
		return w.error.Error()
	}
	return w.error.Error() + stackMark + w.stack
}

func splitStack(text string) (message, stack string) {
	message, stack, _ = strings.Cut(text, stackMark)
	return message, stack
}

// quiet lets through what an operator should see: River tells of every failed
// attempt as information, which is reported here already.
func quiet(logger *slog.Logger) *slog.Logger { return slog.New(&warnings{logger.Handler()}) }

type warnings struct{ slog.Handler }

func (w *warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

func (w *warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &warnings{w.Handler.WithAttrs(attrs)}
}

func (w *warnings) WithGroup(name string) slog.Handler {
	return &warnings{w.Handler.WithGroup(name)}
}
