package jobs

import (
	"context"
	"encoding/json"
	"time"
)

// Entry is one job in a queue, without its type.
type Entry struct {
	ID          string          // set by the queue
	Job         string          // the job's name
	Payload     json.RawMessage // validated
	Queue       string
	Priority    int // 1 to 4; 1 runs first
	MaxAttempts int
	Timeout     time.Duration // of one attempt
	UniqueKey   string        // of UniqueBy; "" for none
	At          time.Time     // not before; zero means now
	EnqueuedAt  time.Time     // set by the queue
	Trace       string        // the enqueuer's span (see observe.TraceParent); "" if none
}

// Queue stores jobs to run later.
type Queue interface {
	// Insert stores the entry, in the transaction of the context if there is
	// one. It does nothing if the entry has a UniqueKey that an unfinished job
	// of the same name has too. It fails if no feature lists the job, if the
	// queue does not exist, and before the manifests are registered. It is
	// called by Job.Enqueue only.
	Insert(ctx context.Context, entry Entry) error
}

// QueueConfig configures how each process works through a queue.
type QueueConfig struct {
	Name          string
	Concurrency   int           // jobs that run at once; DefaultConcurrency unless set
	FetchInterval time.Duration // minimum time between two fetches of up to Concurrency jobs; 5 ms unless set
}

// DefaultConcurrency is the number of jobs of a queue that run at the same time in each process.
const DefaultConcurrency = 10

// Queues configures the queues that a feature owns, in its manifest. A queue that
// only a job names has the default configuration.
type Queues []QueueConfig

// FeaturePart names the part.
func (Queues) FeaturePart() string { return "job queues" }
