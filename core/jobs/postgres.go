package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strconv"
	"sync"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/internal/durable"
	"example.com/pergola/core/internal/work"
	"example.com/pergola/core/observe"
)

// PostgresOptions says how a Postgres works. The zero value does.
type PostgresOptions struct {
	Logger   *slog.Logger     // told of jobs that are listed as failed; nothing unless set
	Reporter observe.Reporter // told of every failed attempt that is nobody's fault; nothing unless set
	Now      feature.Clock    // for schedules; time.Now unless set
	Queues   map[string]int   // how many jobs of a queue run at once in this process; 10 unless set

	// Pauses say how long a queue rests at least in this process between taking
	// as many jobs as it is wide and taking the next ones. Unless set it is 5 ms.
	Pauses map[string]time.Duration

	// Backoff is the pause after that many failed attempts. Unless set it
	// doubles from a second to an hour, a fifth more or less.
	Backoff func(attempt int) time.Duration

	// Poll is how often every queue is looked at for jobs that no notification
	// told of, such as those between two attempts. A second unless set.
	Poll time.Duration

	// Orphans is how long a job waits for a process that knows its name or its
	// queue before it is listed as failed. A quarter of an hour unless set.
	Orphans time.Duration
}

// Postgres is the Worker that keeps jobs in the application's database, by
// River. A job is stored with the transaction that enqueues it, and survives
// the process. Any number of processes may work off the same queues; each
// schedule ticks once however many there are.
//
// When a process dies, others take over what it had begun within some seconds;
// that counts as an attempt. A job that no running program knows waits for one
// that does, so that an old and a new version may run side by side, and is
// listed as failed when none comes. Up to a thousand failures are listed, the
// newest; none is ever removed.
//
// A time given by At is kept within some five seconds.
type Postgres struct {
	options PostgresOptions
	db      *database.DB
	engine  *durable.Engine

	mu        sync.RWMutex
	registry  *registry // nil until sealed
	widths    map[string]int
	timetable *timetable
}

var _ Worker = (*Postgres)(nil)

// NewPostgres makes a Postgres that is neither sealed nor started. The
// database must have all migrations before it is used.
func NewPostgres(db *database.DB, options PostgresOptions) (*Postgres, error) {
	p := &Postgres{db: db, options: options.withDefaults()}
	engine, err := durable.New(durable.Options{
		DB:      db,
		Side:    durable.Jobs,
		Logger:  p.options.Logger,
		Backoff: p.options.Backoff,
		Poll:    p.options.Poll,
		Orphans: p.options.Orphans,
		Do:      p.do,
		Failed:  p.failed,
		IsFinal: work.IsGivenUp,
	})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	p.engine = engine
	return p, nil
}

func (o PostgresOptions) withDefaults() PostgresOptions {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Reporter == nil {
		o.Reporter = observe.NewReporter(func(context.Context, observe.Failure) {})
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Backoff == nil {
		o.Backoff = work.Backoff
	}
	if o.Poll == 0 {
		o.Poll = time.Second
	}
	if o.Orphans == 0 {
		o.Orphans = 15 * time.Minute
	}
	o.Queues, o.Pauses = maps.Clone(o.Queues), maps.Clone(o.Pauses)
	return o
}

// Seal tells which jobs, handlers and schedules there are.
func (p *Postgres) Seal(manifests []feature.Manifest) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.registry != nil {
		return errors.New("jobs: sealed twice")
	}
	registry, err := newRegistry(manifests)
	if err != nil {
		return err
	}
	widths := map[string]int{}
	for queue := range p.options.Queues {
		registry.queues[queue] = true
	}
	for queue := range registry.queues {
		widths[queue] = defaultWidth
		if width := p.options.Queues[queue]; width > 0 {
			widths[queue] = width
		}
	}
	names := make([]string, 0, len(registry.handlers))
	for name := range registry.handlers {
		names = append(names, name)
	}
	p.engine.Register(names, paced(widths, p.options.Pauses))
	p.registry, p.widths = registry, widths
	p.timetable = newTimetable(registry.ticks, p.options.Now, p.insertTick)
	return nil
}

func paced(widths map[string]int, pauses map[string]time.Duration) map[string]durable.Queue {
	queues := make(map[string]durable.Queue, len(widths))
	for name, width := range widths {
		queues[name] = durable.Queue{Width: width, Pause: pauses[name]}
	}
	return queues
}

// Insert stores an entry with the transaction of the context, or at once.
func (p *Postgres) Insert(ctx context.Context, entry Entry) error {
	if _, err := p.handlerOf(entry); err != nil {
		return err
	}
	_, err := p.engine.Insert(ctx, durable.Piece{
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

func (p *Postgres) handlerOf(entry Entry) (Handler, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.registry.handlerOf(entry)
}

func (p *Postgres) do(ctx context.Context, piece durable.Piece) error {
	entry := entryOf(piece)
	handler, err := p.handlerOf(entry)
	if err != nil {
		return err
	}
	ctx = work.WithCompletion(ctx, func(ctx context.Context) error {
		if p.db.Tx(ctx) == nil {
			return errors.New("jobs.Once was given the transactor of another database than the one that keeps the jobs")
		}
		return p.engine.Complete(ctx, piece)
	})
	return handler.Work(ctx, entry, piece.Attempt)
}

func entryOf(piece durable.Piece) Entry {
	return Entry{
		ID:          strconv.FormatInt(piece.ID, 10),
		Job:         piece.Kind,
		Payload:     piece.Args.Payload,
		Queue:       piece.Queue,
		Priority:    piece.Priority,
		MaxAttempts: piece.MaxAttempts,
		Timeout:     piece.Args.Timeout,
		UniqueKey:   piece.Args.Unique,
		At:          piece.At,
		EnqueuedAt:  piece.EnqueuedAt,
		Trace:       piece.Args.Trace,
	}
}

func (p *Postgres) failed(ctx context.Context, piece durable.Piece, err error, last bool) {
	p.options.Reporter.Report(ctx, err)
	if last {
		logFailed(ctx, p.options.Logger, entryOf(piece), piece.Attempt, err)
	}
}

// insertTick enqueues the job of a tick unless another process has done so.
// Whoever moves the schedule forward does, in the same transaction, so that a
// tick is enqueued once; and not at all if this process died before it could,
// unless another's clock brings the tick as well.
func (p *Postgres) insertTick(ctx context.Context, t tick, at time.Time) {
	err := untilItWorks(ctx, func(ctx context.Context) error {
		return p.db.InTx(ctx, func(ctx context.Context) error {
			tag, err := p.db.Exec(ctx, `insert into jobs_schedules (schedule, last_tick) values ($1, $2)
				on conflict (schedule) do update set last_tick = excluded.last_tick
				where jobs_schedules.last_tick < excluded.last_tick`, t.id, at)
			if err != nil || tag.RowsAffected() == 0 {
				return err
			}
			return p.Insert(ctx, t.entry)
		})
	})
	if err != nil {
		p.options.Reporter.Report(ctx, fmt.Errorf("enqueue scheduled %s: %w", t.entry.Job, err))
	}
}

// untilItWorks tries again while the database is away: a tick comes once.
func untilItWorks(ctx context.Context, do func(context.Context) error) error {
	const tries, pause = 30, time.Second
	for try := 1; ; try++ {
		err := do(ctx)
		if err == nil || try == tries {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}

// Start begins to work and to tick.
func (p *Postgres) Start(ctx context.Context) error {
	if err := p.engine.Start(ctx); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.timetable != nil {
		p.timetable.start(ctx)
	}
	return nil
}

// Stop ends the jobs that run, within ctx.
func (p *Postgres) Stop(ctx context.Context) error {
	p.mu.RLock()
	if p.timetable != nil {
		p.timetable.stop()
	}
	p.mu.RUnlock()
	if err := p.engine.Stop(ctx); err != nil {
		return fmt.Errorf("stop jobs: %w", err)
	}
	return nil
}

// Drain waits until every job that is due has succeeded or is listed as
// failed, in whatever process.
func (p *Postgres) Drain(ctx context.Context) error {
	if err := p.engine.Drain(ctx); err != nil {
		return fmt.Errorf("drain jobs: %w", err)
	}
	return nil
}

// Failures are the jobs that have used up their attempts, oldest first.
func (p *Postgres) Failures(ctx context.Context) ([]Failure, error) {
	listed, err := p.engine.Failures(ctx)
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	failures := make([]Failure, 0, len(listed))
	for _, failed := range listed {
		entry := entryOf(failed.Piece)
		failures = append(failures, Failure{
			ID:         entry.ID,
			Job:        entry.Job,
			Queue:      entry.Queue,
			Payload:    entry.Payload,
			EnqueuedAt: entry.EnqueuedAt,
			FailedAt:   failed.At,
			Attempts:   failed.Piece.Attempt,
			Error:      failed.Error,
			Stack:      failed.Stack,
		})
	}
	return failures, nil
}

// Replay gives a failed job all its attempts again, at once.
func (p *Postgres) Replay(ctx context.Context, failureID string) error {
	_, err := p.engine.Replay(ctx, failureID)
	return err
}
