package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	Logger      *slog.Logger     // told of deliveries that are listed as failed; nothing unless set
	Reporter    observe.Reporter // told of every failed attempt that is nobody's fault; nothing unless set
	Now         feature.Clock    // time.Now unless set
	Concurrency int              // handlers that run at once; 10 unless set

	// Backoff is the pause after that many failed attempts. Unless set it
	// doubles from a second to an hour, a fifth more or less.
	Backoff func(attempt int) time.Duration
}

// Memory is the Dispatcher that works inside the process, for development
// without a database, and for tests. It handles after the commit; what is not
// handled when the process ends is lost, and Stop says how much that is.
//
// It keeps more order than is promised: each handler gets one event at a time,
// in the order of the commits, and only an event that waits for its next attempt
// is overtaken. Up to a thousand failures are listed, the newest.
type Memory struct {
	options MemoryOptions
	crew    *work.Crew

	mu        sync.RWMutex
	registry  *registry // nil until sealed
	published []Message // the newest, in the order of the commits
}

var _ Dispatcher = (*Memory)(nil)

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
	if options.Concurrency == 0 {
		options.Concurrency = 10
	}
	if options.Backoff == nil {
		options.Backoff = work.Backoff
	}
	m := &Memory{options: options}
	m.crew = work.New(work.Options{
		Now:         options.Now,
		Backoff:     options.Backoff,
		Concurrency: options.Concurrency,
		Width:       func(string) int { return 1 },
		Failed:      m.failed,
	})
	return m
}

// Seal tells which events and handlers there are.
func (m *Memory) Seal(manifests []feature.Manifest) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.registry != nil {
		return errors.New("events: sealed twice")
	}
	registry, err := newRegistry(manifests)
	if err != nil {
		return err
	}
	m.registry = registry
	return nil
}

// Insert takes a message in, to be delivered after the commit.
func (m *Memory) Insert(ctx context.Context, message Message) error {
	handlers, err := m.handlersOf(message.Event)
	if err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make an id: %w", err)
	}
	message.ID = id.String()
	message.PublishedAt = m.options.Now()
	pieces := make([]work.Piece, 0, len(handlers))
	for _, handler := range handlers {
		piece, err := deliveryOf(message, handler)
		if err != nil {
			return err
		}
		pieces = append(pieces, piece)
	}
	database.AfterCommit(ctx, func(context.Context) {
		m.keep(message)
		m.crew.Add(pieces...)
	})
	return nil
}

func (m *Memory) handlersOf(event string) ([]Handler, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.registry.handlersOf(event)
}

// subject is what a piece of work delivers, and to whom.
type subject struct {
	message Message
	handler Handler
}

func deliveryOf(message Message, handler Handler) (work.Piece, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return work.Piece{}, fmt.Errorf("make an id: %w", err)
	}
	return work.Piece{
		ID:          id.String(),
		Lane:        handler.name,
		Key:         message.Key,
		MaxAttempts: handler.maxAttempts,
		Timeout:     handler.timeout,
		Do: func(ctx context.Context, attempt int) error {
			return handler.Deliver(ctx, message, attempt)
		},
		Subject: subject{message, handler},
	}, nil
}

func (m *Memory) failed(ctx context.Context, piece work.Piece, attempt int, err error, last bool) {
	m.options.Reporter.Report(ctx, err)
	if last {
		s := piece.Subject.(subject)
		logFailed(ctx, m.options.Logger, s.message.Event, s.handler.name, piece.ID, attempt, err)
	}
}

func logFailed(ctx context.Context, logger *slog.Logger, event, handler, id string, attempts int, err error) {
	logger.LogAttrs(ctx, slog.LevelWarn, "an event could not be handled and is listed as failed",
		slog.String("event", event), slog.String("handler", handler),
		slog.String("id", id), slog.Int("attempts", attempts), slog.String("error", err.Error()))
}

// Start begins to deliver.
func (m *Memory) Start(ctx context.Context) error {
	if err := m.crew.Start(ctx); err != nil {
		return fmt.Errorf("start events: %w", err)
	}
	return nil
}

// Stop ends the deliveries that run, within ctx, and logs how many are left.
func (m *Memory) Stop(ctx context.Context) error {
	if err := m.crew.Stop(ctx); err != nil {
		return fmt.Errorf("stop events: %w", err)
	}
	if left := m.crew.Unfinished(); left > 0 {
		m.options.Logger.LogAttrs(ctx, slog.LevelWarn, "events are left that were not handled", slog.Int("deliveries", left))
	}
	return nil
}

// Drain waits until every delivery has succeeded or is listed as failed.
func (m *Memory) Drain(ctx context.Context) error {
	if err := m.crew.Drain(ctx); err != nil {
		return fmt.Errorf("drain events: %w", err)
	}
	return nil
}

// Activity is how many deliveries there ever were, and how many are not done.
// With it one can tell whether all is quiet while jobs and events cause one
// another.
func (m *Memory) Activity() (added uint64, busy int) { return m.crew.Activity() }

// Failures are the deliveries that have used up their attempts, oldest first.
func (m *Memory) Failures(context.Context) ([]Failure, error) {
	var failures []Failure
	for _, failed := range m.crew.Failures() {
		s := failed.Piece.Subject.(subject)
		place, _ := observe.Origin(failed.Err)
		failures = append(failures, Failure{
			ID:          failed.Piece.ID,
			Event:       s.message.Event,
			Handler:     s.handler.name,
			MessageID:   s.message.ID,
			Key:         s.message.Key,
			Payload:     s.message.Payload,
			PublishedAt: s.message.PublishedAt,
			FailedAt:    failed.FinishedAt,
			Attempts:    failed.Attempts,
			Error:       failed.Err.Error(),
			Stack:       place.Stack,
		})
	}
	return failures, nil
}

// Replay gives a failed delivery all its attempts again.
func (m *Memory) Replay(_ context.Context, failureID string) error {
	return m.crew.Replay(failureID)
}
