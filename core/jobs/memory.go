package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/internal/work"
	"example.com/pergola/core/observe"
)

// MemoryOptions says how a Memory works. The zero value does.
type MemoryOptions struct {
	Logger   *slog.Logger     // told of jobs that are listed as failed; nothing unless set
	Reporter observe.Reporter // told of every failed attempt that is nobody's fault; nothing unless set
	Now      feature.Clock    // time.Now unless set
	Queues   map[string]int   // how many jobs of a queue run at once; 10 unless set

	// Backoff is the pause after that many failed attempts. Unless set it
	// doubles from a second to an hour, a fifth more or less.
	Backoff func(attempt int) time.Duration
}

const defaultWidth = 10

// Memory is the Worker that works inside the process, for development without
// a database, and for tests. What is not done when the process ends is lost, and
// Stop says how much that is. Up to a thousand failures are listed, the newest.
type Memory struct {
	options MemoryOptions
	crew    *work.Crew

	mu        sync.RWMutex
	registry  *registry // nil until sealed
	timetable *timetable
}

var _ Worker = (*Memory)(nil)

// NewMemory makes a Memory that is neither sealed nor started.
func NewMemory(options MemoryOptions) *Memory {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.Reporter == nil {
		options.Reporter = observe.NewReporter(func(context.Context, observe.Failure) {})
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Backoff == nil {
		options.Backoff = work.Backoff
	}
	options.Queues = maps.Clone(options.Queues)
	m := &Memory{options: options}
	m.crew = work.New(work.Options{
		Now:     options.Now,
		Backoff: options.Backoff,
		Width:   m.width,
		Failed:  m.failed,
	})
	return m
}

func (m *Memory) width(queue string) int {
	if width := m.options.Queues[queue]; width > 0 {
		return width
	}
	return defaultWidth
}

// Seal tells which jobs, handlers and schedules there are.
func (m *Memory) Seal(manifests []feature.Manifest) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.registry != nil {
		return errors.New("jobs: sealed twice")
	}
	registry, err := newRegistry(manifests)
	if err != nil {
		return err
	}
	for queue := range m.options.Queues {
		registry.queues[queue] = true
	}
	m.registry = registry
	m.timetable = newTimetable(registry.ticks, m.options.Now, m.insertTick)
	return nil
}

// Insert takes an entry in, to be done after the commit if there is one.
func (m *Memory) Insert(ctx context.Context, entry Entry) error {
	handler, err := m.handlerOf(entry)
	if err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make an id: %w", err)
	}
	entry.ID = id.String()
	entry.EnqueuedAt = m.options.Now()
	database.AfterCommit(ctx, func(context.Context) { m.crew.Add(pieceOf(entry, handler)) })
	return nil
}

func (m *Memory) handlerOf(entry Entry) (Handler, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.registry.handlerOf(entry)
}

func pieceOf(entry Entry, handler Handler) work.Piece {
	unique := ""
	if entry.UniqueKey != "" {
		unique = entry.Job + " " + entry.UniqueKey
	}
	return work.Piece{
		ID:          entry.ID,
		Lane:        entry.Queue,
		Unique:      unique,
		Priority:    entry.Priority,
		Due:         entry.At,
		MaxAttempts: entry.MaxAttempts,
		Timeout:     entry.Timeout,
		Do: func(ctx context.Context, attempt int) error {
			return handler.Work(ctx, entry, attempt)
		},
		Subject: entry,
	}
}

func (m *Memory) failed(ctx context.Context, piece work.Piece, attempt int, err error, last bool) {
	m.options.Reporter.Report(ctx, err)
	if last {
		logFailed(ctx, m.options.Logger, piece.Subject.(Entry), attempt, err)
	}
}

func logFailed(ctx context.Context, logger *slog.Logger, entry Entry, attempts int, err error) {
	logger.LogAttrs(ctx, slog.LevelWarn, "a job could not be done and is listed as failed",
		slog.String("job", entry.Job), slog.String("id", entry.ID),
		slog.Int("attempts", attempts), slog.String("error", err.Error()))
}

func (m *Memory) insertTick(ctx context.Context, t tick, at time.Time) {
	entry := t.entry
	entry.At = at
	if err := m.Insert(ctx, entry); err != nil {
		m.options.Reporter.Report(ctx, fmt.Errorf("enqueue scheduled %s: %w", entry.Job, err))
	}
}

// Start begins to work and to tick.
func (m *Memory) Start(ctx context.Context) error {
	if err := m.crew.Start(ctx); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.timetable != nil {
		m.timetable.start(ctx)
	}
	return nil
}

// Stop ends the jobs that run, within ctx, and logs how many are left.
func (m *Memory) Stop(ctx context.Context) error {
	m.mu.RLock()
	if m.timetable != nil {
		m.timetable.stop()
	}
	m.mu.RUnlock()
	if err := m.crew.Stop(ctx); err != nil {
		return fmt.Errorf("stop jobs: %w", err)
	}
	if left := m.crew.Unfinished(); left > 0 {
		m.options.Logger.LogAttrs(ctx, slog.LevelWarn, "jobs are left that were not done", slog.Int("jobs", left))
	}
	return nil
}

// Drain waits until every job that is due has succeeded or is listed as failed.
func (m *Memory) Drain(ctx context.Context) error {
	if err := m.crew.Drain(ctx); err != nil {
		return fmt.Errorf("drain jobs: %w", err)
	}
	return nil
}

// Activity is how many jobs there ever were, and how many are due and not done.
// With it one can tell whether all is quiet while jobs and events cause one
// another.
func (m *Memory) Activity() (added uint64, busy int) { return m.crew.Activity() }

// Failures are the jobs that have used up their attempts, oldest first.
func (m *Memory) Failures(context.Context) ([]Failure, error) {
	var failures []Failure
	for _, failed := range m.crew.Failures() {
		entry := failed.Piece.Subject.(Entry)
		place, _ := observe.Origin(failed.Err)
		failures = append(failures, Failure{
			ID:         entry.ID,
			Job:        entry.Job,
			Queue:      entry.Queue,
			Payload:    entry.Payload,
			EnqueuedAt: entry.EnqueuedAt,
			FailedAt:   failed.FinishedAt,
			Attempts:   failed.Attempts,
			Error:      failed.Err.Error(),
			Stack:      place.Stack,
		})
	}
	return failures, nil
}

// Replay gives a failed job all its attempts again, at once.
func (m *Memory) Replay(_ context.Context, failureID string) error {
	return m.crew.Replay(failureID)
}
