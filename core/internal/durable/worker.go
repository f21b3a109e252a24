package durable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	// fetchCooldown is the minimum time between two fetches of a queue. River's
	// default is twenty times as long and would limit throughput, because a
	// queue fetches at most its concurrency each time.
	fetchCooldown = 5 * time.Millisecond

	// cancelGrace is how long a handler may take to return after it was canceled.
	cancelGrace = 5 * time.Second

	maintenanceInterval = time.Second
	maintenanceTimeout  = 10 * time.Second // after that the connection counts as lost
)

// session is the time between Start and Stop.
type session struct {
	id     string
	ctx    context.Context    // of all tasks
	cancel context.CancelFunc // of the maintenance loop
	done   chan struct{}      // closed when the maintenance loop has ended

	mu       sync.Mutex
	ended    bool
	liveness *liveness             // nil until the database was reached
	client   *river.Client[pgx.Tx] // nil too, and if there are no kinds
	finished <-chan *river.Event   // River's reports of failed attempts
}

// Start begins to run tasks. If the database is down or not migrated, it keeps
// trying.
func (e *Engine) Start(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.session != nil {
		return fmt.Errorf("start %s: already started", e.options.Partition)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("start %s: create an id: %w", e.options.Partition, err)
	}
	e.canceled.Store(false)
	s := &session{id: id.String(), ctx: context.WithoutCancel(ctx), done: make(chan struct{})}
	loop, cancel := context.WithCancel(s.ctx)
	s.cancel = cancel
	if err := e.connect(s); err != nil {
		e.warn(ctx, "cannot start yet, trying again", err)
	}
	go func() {
		defer close(s.done)
		e.maintainLoop(loop, s)
	}()
	e.session = s
	return nil
}

// connect starts River and takes the liveness lock, unless it has done so.
func (e *Engine) connect(s *session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || s.liveness != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(s.ctx, maintenanceTimeout)
	defer cancel()
	liveness, err := newLiveness(ctx, e.options.DB, s.id)
	if err != nil {
		return err
	}
	if err := e.startClient(s); err != nil {
		liveness.close()
		return err
	}
	s.liveness = liveness
	return nil
}

func (e *Engine) startClient(s *session) error {
	if len(e.kinds) == 0 {
		return nil
	}
	client, err := e.newClient(s.id)
	if err != nil {
		return err
	}
	finished, unsubscribe := client.Subscribe(river.EventKindJobFailed, river.EventKindJobCancelled)
	if err := client.Start(s.ctx); err != nil {
		unsubscribe()
		return fmt.Errorf("start River: %w", err)
	}
	s.client, s.finished = client, finished
	return nil
}

func (e *Engine) warn(ctx context.Context, text string, err error) {
	e.options.Logger.WarnContext(ctx, e.options.Partition.String()+": "+text, "error", err)
}

func (e *Engine) newClient(id string) (*river.Client[pgx.Tx], error) {
	workers := river.NewWorkers()
	for _, kind := range e.kinds {
		river.AddWorkerArgs(workers, Args{kind: kind}, &worker{engine: e})
	}
	queues := map[string]river.QueueConfig{}
	for name, queue := range e.queues {
		interval := max(queue.FetchInterval, fetchCooldown)
		queues[name] = river.QueueConfig{
			MaxWorkers: queue.Concurrency, FetchCooldown: interval, FetchPollInterval: max(e.options.PollInterval, interval),
		}
	}
	client, err := river.NewClient(riverpgxv5.New(e.options.DB.Pool()), &river.Config{
		ID:                  id,
		Logger:              warningsOnly(e.options.Logger),
		Queues:              queues,
		Workers:             workers,
		FetchCooldown:       fetchCooldown,
		FetchPollInterval:   max(e.options.PollInterval, fetchCooldown),
		FetchOnlyKnownKinds: true,
		RetryPolicy:         retryPolicy{e.options.Backoff, e.options.DB.Now},
		ErrorHandler:        errorHandler{},
		// rescue does this, and failed tasks stay until they are replayed.
		RescueStuckJobsAfter:        math.MaxInt64,
		DiscardedJobRetentionPeriod: -1,
		CancelledJobRetentionPeriod: -1,
	})
	if err != nil {
		return nil, fmt.Errorf("set up River: %w", err)
	}
	return client, nil
}

// Stop fetches no more tasks and waits for those that are running. When ctx ends,
// they are canceled and returned to the queue. It fails if a handler ignores that.
func (e *Engine) Stop(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.session == nil {
		return nil
	}
	s := e.session
	e.session = nil
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	err := e.stopClient(ctx, s.client)
	s.cancel()
	<-s.done
	if s.liveness != nil {
		s.liveness.close()
	}
	return err
}

func (e *Engine) stopClient(ctx context.Context, client *river.Client[pgx.Tx]) error {
	if client == nil || client.Stop(ctx) == nil {
		return nil
	}
	e.canceled.Store(true)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelGrace)
	defer cancel()
	if client.StopAndCancel(ctx) != nil {
		return fmt.Errorf("stop %s: a handler is still running %s after it was canceled", e.options.Partition, cancelGrace)
	}
	return nil
}

// maintainLoop runs the maintenance until ctx ends.
func (e *Engine) maintainLoop(ctx context.Context, s *session) {
	ticker := time.NewTicker(maintenanceInterval)
	defer ticker.Stop()
	var said string // an outage is logged once, not every second
	for {
		select {
		case <-ctx.Done():
			return
		case event, open := <-s.finished: // nil blocks
			if !open {
				s.finished = nil // the client has stopped
			} else {
				e.onFailed(ctx, event.Job)
			}
		case <-ticker.C:
			err := e.maintain(ctx, s)
			switch {
			case err == nil || ctx.Err() != nil:
				said = ""
			case err.Error() != said:
				said = err.Error()
				e.warn(ctx, "maintenance failed, trying every second", err)
			}
		}
	}
}

func (e *Engine) maintain(ctx context.Context, s *session) error {
	ctx, cancel := context.WithTimeout(ctx, maintenanceTimeout)
	defer cancel()
	if err := e.connect(s); err != nil {
		return err
	}
	if s.liveness == nil {
		return nil // stopped before it was connected
	}
	errs := []error{e.rescue(ctx, s.liveness), e.failOrphans(ctx)}
	if e.options.Maintain != nil {
		errs = append(errs, e.options.Maintain(ctx))
	}
	return errors.Join(errs...)
}

func (e *Engine) onFailed(ctx context.Context, row *rivertype.JobRow) {
	if e.options.OnFailed == nil || row.FinalizedAt == nil {
		return
	}
	args, err := parseArgs(row.EncodedArgs)
	if err != nil {
		return // the maintenance finds it
	}
	e.options.OnFailed(ctx, taskOf(row, args))
}

// worker runs attempts for River.
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
	e := w.engine
	defer e.running.begin(job.ID)()
	task := taskOf(job.JobRow, job.Args)
	err := e.options.Run(e.withCompletion(ctx, task), task)
	if err == nil {
		return nil
	}
	if e.canceled.Load() && errors.Is(ctx.Err(), context.Canceled) {
		return context.Canceled // River returns it to the queue
	}
	if errors.Is(context.Cause(ctx), rivertype.ErrJobCancelledRemotely) {
		return err // River stores it as canceled
	}
	e.reportFailure(ctx, task, err)
	origin, _ := observe.Origin(err)
	return &errorWithStack{err, origin.Stack}
}

func (e *Engine) reportFailure(ctx context.Context, task Task, err error) {
	e.options.Reporter.Report(ctx, err)
	if !isPermanent(err) && task.Attempt < task.MaxAttempts {
		return
	}
	message, attrs := "job failed permanently", []slog.Attr{slog.String("job", task.Kind)}
	if e.options.Partition == Events {
		message, attrs = "event delivery failed permanently", []slog.Attr{slog.String("event", task.Args.Event), slog.String("handler", task.Kind)}
	}
	e.options.Logger.LogAttrs(ctx, slog.LevelWarn, message, append(attrs,
		slog.Int64("id", task.ID), slog.Int("attempts", task.Attempt), slog.String("error", err.Error()))...)
}

type retryPolicy struct {
	backoff func(attempt int) time.Duration
	now     func() time.Time
}

func (p retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	return p.now().Add(p.backoff(job.Attempt))
}

// errorHandler ends a task whose error is permanent.
type errorHandler struct{}

func (errorHandler) HandleError(_ context.Context, _ *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	return &river.ErrorHandlerResult{SetCancelled: isPermanent(err)}
}

func (errorHandler) HandlePanic(context.Context, *rivertype.JobRow, any, string) *river.ErrorHandlerResult {
	return nil
}
