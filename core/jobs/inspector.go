package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"example.com/pergola/core/internal/durable"
)

// State is the state of a job.
type State = durable.State

// The states of a job. It begins as waiting or scheduled and ends as done or
// failed.
const (
	Waiting   = durable.Waiting   // for a free worker
	Scheduled = durable.Scheduled // due later, and not tried yet
	Running   = durable.Running
	Retrying  = durable.Retrying // the last attempt failed, and the next is due later
	Failed    = durable.Failed   // out of attempts, or canceled
	Done      = durable.Done
)

// States returns all states, in the order in which a job goes through them.
func States() []State { return durable.States() }

// Page selects a part of a list that is sorted newest first.
type Page = durable.Page

// Query selects jobs.
type Query struct {
	State State  // "" for all
	Job   string // the name; "" for all
	Queue string // "" for all
	Page
}

// Record is everything that is known about a job.
type Record struct {
	ID          string
	Job         string
	Queue       string
	State       State
	Priority    int
	Payload     json.RawMessage // nil if it is private, or this program does not have the job
	UniqueKey   string          // of UniqueBy; "" for none
	Attempts    int             // including a running one
	MaxAttempts int
	EnqueuedAt  time.Time
	DueAt       time.Time // of the next attempt, or of the last
	StartedAt   time.Time // of the last attempt; zero before the first
	FinishedAt  time.Time // zero until it is done or failed
	Error       string    // of the last failed attempt; "" if none failed
	Stack       string    // of that attempt; "" for expected faults
}

// QueueState counts the jobs of a queue in all processes, except those that are
// done.
type QueueState struct {
	Name        string
	Counts      map[State]int // zero counts may be missing
	Paused      bool
	Concurrency int // jobs that run at the same time in each process; 0 if this program does not have the queue
}

// Queues returns the queues that a program works on or that have jobs, sorted by
// name.
func (w *Worker) Queues(ctx context.Context) ([]QueueState, error) {
	paused, err := w.engine.Queues(ctx)
	if err != nil {
		return nil, err
	}
	counts, err := w.engine.Counts(ctx)
	if err != nil {
		return nil, err
	}
	states := map[string]QueueState{}
	add := func(queue string, concurrency int) {
		if _, added := states[queue]; !added {
			states[queue] = QueueState{Name: queue, Counts: map[State]int{}, Paused: paused[queue], Concurrency: concurrency}
		}
	}
	if registry := w.registered(); registry != nil {
		for queue, config := range registry.queues {
			add(queue, config.Concurrency)
		}
	}
	for queue := range paused {
		add(queue, 0)
	}
	for _, count := range counts {
		add(count.Queue, 0)
		states[count.Queue].Counts[count.State] += count.Tasks
	}
	return slices.SortedFunc(maps.Values(states), func(a, b QueueState) int { return cmp.Compare(a.Name, b.Name) }), nil
}

// List returns the jobs that match the query, newest first. It fails with
// fault.NotFound if there is no such page. Jobs that are done are kept for a day.
func (w *Worker) List(ctx context.Context, query Query) ([]Record, error) {
	records, err := w.engine.Records(ctx, durable.Query{State: query.State, Kind: query.Job, Queue: query.Queue, Page: query.Page})
	if err != nil {
		return nil, err
	}
	listed := make([]Record, len(records))
	for n, record := range records {
		listed[n] = w.record(record)
	}
	return listed, nil
}

// Find returns one job. It fails with fault.NotFound if none has the id.
func (w *Worker) Find(ctx context.Context, id string) (Record, error) {
	record, err := w.engine.Record(ctx, id)
	if err != nil {
		return Record{}, err
	}
	return w.record(record), nil
}

func (w *Worker) record(record durable.Record) Record {
	entry := entryOf(record.Task)
	registry := w.registered()
	if registry.isPrivate(entry.Job) {
		entry.Payload = nil
	}
	return Record{
		ID:          entry.ID,
		Job:         entry.Job,
		Queue:       entry.Queue,
		State:       record.State,
		Priority:    entry.Priority,
		Payload:     entry.Payload,
		UniqueKey:   entry.UniqueKey,
		Attempts:    record.Task.Attempt,
		MaxAttempts: entry.MaxAttempts,
		EnqueuedAt:  entry.EnqueuedAt,
		DueAt:       record.DueAt,
		StartedAt:   record.StartedAt,
		FinishedAt:  record.FinishedAt,
		Error:       record.Error,
		Stack:       record.Stack,
	}
}

// Retry runs a job now instead of later. It fails with fault.NotFound if there is
// no such job, and with fault.Conflict if it is neither scheduled nor waiting for
// a retry.
func (w *Worker) Retry(ctx context.Context, id string) error { return w.engine.Retry(ctx, id) }

// Cancel marks an unfinished job as failed, from where it can be replayed. If it
// is running, the context of its handler is canceled; if the handler still
// succeeds, the job is done. It fails with fault.NotFound if there is no such
// job, and with fault.Conflict if it is finished.
func (w *Worker) Cancel(ctx context.Context, id string) error {
	_, err := w.engine.Cancel(ctx, id)
	return err
}

// Replay gives a failed job its full number of attempts again, immediately. It
// fails with fault.NotFound if no failed job has the id, and with fault.Conflict
// if another with its name and UniqueBy key is unfinished.
func (w *Worker) Replay(ctx context.Context, id string) error {
	_, err := w.engine.Replay(ctx, id)
	return err
}

// Pause stops all processes from starting jobs of the queue until Resume. Running
// jobs continue, and a process may start a few more until it is notified. It
// fails with fault.NotFound if there is no such queue.
func (w *Worker) Pause(ctx context.Context, queue string) error {
	return w.engine.SetPaused(ctx, queue, true)
}

// Resume undoes Pause. It fails with fault.NotFound if there is no such queue.
func (w *Worker) Resume(ctx context.Context, queue string) error {
	return w.engine.SetPaused(ctx, queue, false)
}

// Revision returns a string that differs after each change, for pages that
// refresh automatically.
func (w *Worker) Revision(ctx context.Context) (string, error) { return w.engine.Revision(ctx) }
