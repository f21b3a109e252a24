package durable

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"example.com/pergola/core/observe"
)

const (
	// cooldown is the least pause between two fetches of a queue. River's own is
	// twenty times as long and would be the limit of throughput: a queue does
	// no more than its width in one pause.
	cooldown = 5 * time.Millisecond

	// grace is what a handler has to end after it was cancelled.
	grace = 5 * time.Second

	tendEvery    = time.Second
	longestSweep = 10 * time.Second // after that the connection counts as lost
)

// run is what there is between Start and Stop.
type run struct {
	id     string
	ctx    context.Context    // of all that works in it
	cancel context.CancelFunc // of the housekeeping
	tended chan struct{}      // closed when the housekeeping has ended

	mu       sync.Mutex
	ended    bool
	presence *presence             // nil until work has begun
	client   *river.Client[pgx.Tx] // nil too, and if there is nothing that it could do
	settled  <-chan *river.Event   // what River tells of failed attempts
}

// Start begins to work. If the database is not ready, because it is away or
// its migrations have not run, it goes on trying.
func (e *Engine) Start(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.run != nil {
		return errors.New("started already")
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make an id: %w", err)
	}
	e.stopping.Store(false)
	r := &run{id: id.String(), ctx: context.WithoutCancel(ctx), tended: make(chan struct{})}
	tending, cancel := context.WithCancel(r.ctx)
	r.cancel = cancel
	if err := e.begin(r); err != nil {
		e.warn(ctx, "work on the queue cannot begin yet and is tried again", err)
	}
	go func() {
		defer close(r.tended)
		e.tend(tending, r)
	}()
	e.run = r
	return nil
}

// begin starts what a run consists of, if it is not started yet.
func (e *Engine) begin(r *run) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended || r.presence != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(r.ctx, longestSweep)
	defer cancel()
	presence, err := appear(ctx, e.options.DB, r.id)
	if err != nil {
		return err
	}
	if err := e.startWorking(r); err != nil {
		presence.leave()
		return err
	}
	r.presence = presence
	return nil
}

func (e *Engine) startWorking(r *run) error {
	if len(e.kinds) == 0 {
		return nil
	}
	client, err := e.worker(r.id)
	if err != nil {
		return err
	}
	settled, unsubscribe := client.Subscribe(river.EventKindJobFailed, river.EventKindJobCancelled)
	if err := client.Start(r.ctx); err != nil {
		unsubscribe()
		return fmt.Errorf("start River: %w", err)
	}
	r.client, r.settled = client, settled
	return nil
}

func (e *Engine) warn(ctx context.Context, text string, err error) {
	e.options.Logger.WarnContext(ctx, text, "side", e.options.Side.String(), "error", err)
}

// worker is River's client for one run.
func (e *Engine) worker(id string) (*river.Client[pgx.Tx], error) {
	workers := river.NewWorkers()
	for _, kind := range e.kinds {
		river.AddWorkerArgs(workers, Args{kind: kind}, &worker{engine: e})
	}
	queues := map[string]river.QueueConfig{}
	for name, queue := range e.queues {
		pause := max(queue.Pause, cooldown)
		queues[name] = river.QueueConfig{MaxWorkers: queue.Width, FetchCooldown: pause, FetchPollInterval: max(e.options.Poll, pause)}
	}
	client, err := river.NewClient(riverpgxv5.New(e.options.DB.Pool()), &river.Config{
		ID:                  id,
		Logger:              quiet(e.options.Logger),
		Queues:              queues,
		Workers:             workers,
		FetchCooldown:       cooldown,
		FetchPollInterval:   max(e.options.Poll, cooldown),
		FetchOnlyKnownKinds: true,
		RetryPolicy:         pauses(e.options.Backoff),
		ErrorHandler:        finalErrors{e},
		// Handing back is done here, and failures stay until they are replayed.
		RescueStuckJobsAfter:        math.MaxInt64,
		DiscardedJobRetentionPeriod: -1,
		CancelledJobRetentionPeriod: -1,
	})
	if err != nil {
		return nil, fmt.Errorf("set up River: %w", err)
	}
	return client, nil
}

// Stop begins nothing new and waits for what runs. When ctx ends that is
// cancelled and handed back. It fails if something goes on all the same.
func (e *Engine) Stop(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.run == nil {
		return nil
	}
	r := e.run
	e.run = nil
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	err := e.stopWorking(ctx, r.client)
	r.cancel()
	<-r.tended
	if r.presence != nil {
		r.presence.leave()
	}
	return err
}

func (e *Engine) stopWorking(ctx context.Context, client *river.Client[pgx.Tx]) error {
	if client == nil || client.Stop(ctx) == nil {
		return nil
	}
	e.stopping.Store(true)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if client.StopAndCancel(ctx) != nil {
		return errors.New("some work goes on although it was cancelled")
	}
	return nil
}

// tend does the housekeeping until ctx ends.
func (e *Engine) tend(ctx context.Context, r *run) {
	ticker := time.NewTicker(tendEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case event, open := <-r.settled: // nil blocks
			if !open {
				r.settled = nil // the client has stopped
			} else {
				e.settle(ctx, event.Job)
			}
		case <-ticker.C:
			if err := e.sweep(ctx, r); err != nil && ctx.Err() == nil {
				e.warn(ctx, "the housekeeping of the queue failed and is tried again", err)
			}
		}
	}
}

// sweep does what is due every second.
func (e *Engine) sweep(ctx context.Context, r *run) error {
	ctx, cancel := context.WithTimeout(ctx, longestSweep)
	defer cancel()
	if err := e.begin(r); err != nil {
		return err
	}
	if r.presence == nil {
		return nil // it has ended before it could begin
	}
	errs := []error{e.handBack(ctx, r.presence), e.park(ctx)}
	if e.options.Tend != nil {
		errs = append(errs, e.options.Tend(ctx))
	}
	return errors.Join(errs...)
}

func (e *Engine) settle(ctx context.Context, row *rivertype.JobRow) {
	if e.options.Settled == nil || row.FinalizedAt == nil {
		return
	}
	args, err := readArgs(row.EncodedArgs)
	if err != nil {
		return // the sweep finds it
	}
	e.options.Settled(ctx, pieceOf(row, args))
}

// worker makes attempts for River.
type worker struct {
	river.WorkerDefaults[Args]
	engine *Engine
}

func (w *worker) Timeout(job *river.Job[Args]) time.Duration {
	if job.Args.Timeout <= 0 {
		return -1
	}
	return job.Args.Timeout
}

func (w *worker) Work(ctx context.Context, job *river.Job[Args]) error {
	defer w.engine.atWork.begin(job.ID)()
	options := w.engine.options
	piece := pieceOf(job.JobRow, job.Args)
	err := options.Do(ctx, piece)
	if err == nil {
		return nil
	}
	if w.engine.stopping.Load() && errors.Is(ctx.Err(), context.Canceled) {
		return context.Canceled // River hands it back
	}
	if errors.Is(context.Cause(ctx), rivertype.ErrJobCancelledRemotely) {
		return err // River stores it as cancelled, and nobody is to blame
	}
	final := options.IsFinal(err)
	options.Failed(ctx, piece, err, final || piece.Attempt >= piece.MaxAttempts)
	place, _ := observe.Origin(err)
	return &withStack{err, place.Stack}
}

type pauses func(attempt int) time.Duration

func (p pauses) NextRetry(job *rivertype.JobRow) time.Time { return time.Now().Add(p(job.Attempt)) }

// finalErrors ends a piece whose error says that another attempt is in vain.
type finalErrors struct{ engine *Engine }

func (f finalErrors) HandleError(_ context.Context, _ *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	return &river.ErrorHandlerResult{SetCancelled: f.engine.options.IsFinal(err)}
}

func (finalErrors) HandlePanic(context.Context, *rivertype.JobRow, any, string) *river.ErrorHandlerResult {
	return nil
}
