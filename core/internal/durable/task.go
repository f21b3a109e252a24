package durable

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// Task is one unit of work: the delivery of an event to a handler, or a job.
type Task struct {
	ID          int64 // set by Insert
	Kind        string
	Queue       string
	Priority    int
	MaxAttempts int
	At          time.Time // not before; zero means now
	Held        bool      // stored, but not run until released
	Args        Args

	Attempt    int // from 1, while it runs
	EnqueuedAt time.Time
	worker     string // id of the session that runs it
}

// Args is what is stored of a task in addition to River's own columns. Rows
// contain these names: never change them.
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

// Kind is the name that River stores with the arguments.
func (a Args) Kind() string { return a.kind }

// maxAttempts is the largest number that River's column can hold.
const maxAttempts = 1<<15 - 1

func (t Task) insertParams(now time.Time) river.InsertManyParams {
	t.Args.kind = t.Kind
	options := &river.InsertOpts{
		Queue:       t.Queue,
		Priority:    t.Priority,
		MaxAttempts: min(t.MaxAttempts, maxAttempts),
		Pending:     t.Held,
	}
	if t.At.After(now) {
		options.ScheduledAt = t.At
	}
	if t.Args.Unique != "" {
		options.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
			rivertype.JobStateRetryable, rivertype.JobStateScheduled,
		}}
	}
	return river.InsertManyParams{Args: t.Args, InsertOpts: options}
}

// taskOf converts a row back.
func taskOf(row *rivertype.JobRow, args Args) Task {
	task := Task{
		ID: row.ID, Kind: row.Kind, Queue: row.Queue, Priority: row.Priority, MaxAttempts: row.MaxAttempts,
		At: row.ScheduledAt, Args: args, Attempt: row.Attempt, EnqueuedAt: row.CreatedAt,
	}
	if n := len(row.AttemptedBy); n > 0 {
		task.worker = row.AttemptedBy[n-1]
	}
	return task
}

func parseArgs(raw []byte) (args Args, err error) {
	if err := json.Unmarshal(raw, &args); err != nil {
		return Args{}, fmt.Errorf("parse the stored arguments of a task: %w", err)
	}
	return args, nil
}

// State is the state of a task.
type State string

// The states. A task begins as waiting or scheduled and ends as done or failed;
// a failed one can be replayed.
const (
	Waiting   State = "waiting"   // for a free worker, or behind another task with its key
	Scheduled State = "scheduled" // due later, and not tried yet
	Running   State = "running"
	Retrying  State = "retrying" // the last attempt failed, and the next is due later
	Failed    State = "failed"   // out of attempts, or canceled
	Done      State = "done"
)

// States returns all states, in the order in which a task goes through them.
func States() []State {
	return []State{Waiting, Scheduled, Running, Retrying, Failed, Done}
}

// IsFinished reports whether the task no longer changes by itself.
func (s State) IsFinished() bool { return s == Failed || s == Done }

// ErrCanceled is the error of a task that an administrator canceled.
var ErrCanceled = errors.New("canceled by an administrator")

// Page selects a part of a list that is sorted newest first. At most one of
// OlderThan and NewerThan is set.
type Page struct {
	OlderThan string // an id; the page begins after it
	NewerThan string // an id; the page ends before it
	Limit     int    // 50 unless set
}

const defaultLimit = 50

// WithDefault returns the page with a limit.
func (p Page) WithDefault() Page {
	if p.Limit <= 0 {
		p.Limit = defaultLimit
	}
	return p
}
