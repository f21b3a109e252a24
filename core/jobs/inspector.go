package jobs

import (
	"context"
	"encoding/json"
	"time"

	"example.com/pergola/core/internal/work"
)

// Inspector is how an administrator looks at jobs, and intervenes. Every Worker
// is one, in whatever process the work is done.
type Inspector interface {
	// Queues are those that anybody works on or that have something to do, by
	// name.
	Queues(ctx context.Context) ([]QueueState, error)

	// List is one page of the jobs that the query asks for, newest first. It
	// fails with fault.NotFound if there is no such page. What is done is kept
	// for a day, or in memory as long as there is room.
	List(ctx context.Context, query Query) ([]Record, error)

	// Find is one job. It fails with fault.NotFound if none has the id.
	Find(ctx context.Context, id string) (Record, error)

	// Retry does a job at once that is due later: one that is scheduled, or
	// waits for its next attempt. It fails with fault.NotFound if there is no
	// such job, and with fault.Conflict if it does not wait for a time.
	Retry(ctx context.Context, id string) error

	// Cancel lists a job as failed that is not finished, from where it can be
	// replayed. If it runs, the context of its handler ends; when the handler
	// succeeds all the same, the job is done. It fails with fault.NotFound if
	// there is no such job, and with fault.Conflict if it is finished.
	Cancel(ctx context.Context, id string) error

	// Replay gives a failed job all its attempts again, at once. It fails with
	// fault.NotFound if no failed job has the id, and with fault.Conflict if
	// another with its name and UniqueBy key is unfinished.
	Replay(ctx context.Context, failureID string) error

	// Pause lets nobody begin a job of the queue until Resume. What runs goes
	// on, and a process may begin a few more until it hears of it. Both fail with fault.NotFound if there is no such queue, and change
	// nothing if it is so already.
	Pause(ctx context.Context, queue string) error
	Resume(ctx context.Context, queue string) error

	// Revision is another text when anything of this has changed since, for
	// those who keep a page up to date.
	Revision(ctx context.Context) (string, error)
}

// State is where a job is on its way.
type State = work.State

// The states of a job. It begins as waiting or scheduled and ends as done or
// failed.
const (
	Waiting   = work.Waiting   // for room
	Scheduled = work.Scheduled // due later, and not tried yet
	Running   = work.Running
	Retrying  = work.Retrying // its last attempt failed, and the next is due later
	Failed    = work.Failed   // has used up its attempts, or was cancelled
	Done      = work.Done
)

// States are all states, in the order of a job's life.
func States() []State { return work.States() }

// Page is a part of a list that has the newest first. At most one of OlderThan
// and NewerThan is set.
type Page struct {
	OlderThan string // an id: what is older
	NewerThan string // an id: what is newer, the nearest
	Limit     int    // 50 unless set
}

const defaultLimit = 50

func (p Page) work() work.Page {
	if p.Limit <= 0 {
		p.Limit = defaultLimit
	}
	return work.Page{OlderThan: p.OlderThan, NewerThan: p.NewerThan, Limit: p.Limit}
}

// Query says which jobs are asked for.
type Query struct {
	State State  // "" for all
	Job   string // the name; "" for all
	Queue string // "" for all
	Page
}

// Record is all that is known of a job.
type Record struct {
	ID          string
	Job         string
	Queue       string
	State       State
	Priority    int
	Payload     json.RawMessage // nil if it is private, or this program does not know the job
	UniqueKey   string          // UniqueBy's; "" for none
	Attempts    int             // the one that runs included
	MaxAttempts int
	EnqueuedAt  time.Time
	DueAt       time.Time // the next attempt, or the last
	BegunAt     time.Time // the last attempt; zero before the first
	FinishedAt  time.Time // zero until it is done or failed
	Error       string    // of the last attempt that failed; "" if none did
	Stack       string    // of that attempt; "" for expected faults
}

// QueueState is what a queue has to do. What is done is not counted.
type QueueState struct {
	Name   string
	Counts map[State]int // of jobs in all processes; those that are zero may be left out
	Paused bool
	Width  int // how many jobs run at once in each process; 0 if this program does not know the queue
}

func shown(private bool, payload json.RawMessage) json.RawMessage {
	if private {
		return nil
	}
	return payload
}
