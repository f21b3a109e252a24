package jobs

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"example.com/pergola/core/internal/durable"
)

// Queues are those that anybody works on or that have something to do.
func (p *Postgres) Queues(ctx context.Context) ([]QueueState, error) {
	paused, err := p.engine.Paused(ctx)
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	tallies, err := p.engine.Tallies(ctx)
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	queues := map[string]QueueState{}
	see := func(queue string) {
		if _, seen := queues[queue]; !seen {
			queues[queue] = QueueState{Name: queue, Counts: map[State]int{}, Paused: paused[queue], Width: p.widths[queue]}
		}
	}
	for queue := range paused {
		see(queue)
	}
	for queue := range p.widths {
		see(queue)
	}
	for _, tally := range tallies {
		see(tally.Queue)
		queues[tally.Queue].Counts[tally.State] += tally.Pieces
	}
	return slices.SortedFunc(maps.Values(queues), func(a, b QueueState) int { return cmp.Compare(a.Name, b.Name) }), nil
}

// List is one page of the jobs that the query asks for, newest first.
func (p *Postgres) List(ctx context.Context, query Query) ([]Record, error) {
	records, err := p.engine.Records(ctx, durable.Query{
		State: query.State, Kind: query.Job, Queue: query.Queue, Page: query.Page.work(),
	})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	listed := make([]Record, len(records))
	for n, record := range records {
		listed[n] = p.record(record)
	}
	return listed, nil
}

// Find is one job.
func (p *Postgres) Find(ctx context.Context, id string) (Record, error) {
	record, err := p.engine.Record(ctx, id)
	if err != nil {
		return Record{}, fmt.Errorf("jobs: %w", err)
	}
	return p.record(record), nil
}

func (p *Postgres) record(record durable.Record) Record {
	entry := entryOf(record.Piece)
	return Record{
		ID:          entry.ID,
		Job:         entry.Job,
		Queue:       entry.Queue,
		State:       record.State,
		Priority:    entry.Priority,
		Payload:     shown(p.isPrivate(entry.Job), entry.Payload),
		UniqueKey:   entry.UniqueKey,
		Attempts:    record.Piece.Attempt,
		MaxAttempts: entry.MaxAttempts,
		EnqueuedAt:  entry.EnqueuedAt,
		DueAt:       record.DueAt,
		BegunAt:     record.BegunAt,
		FinishedAt:  record.FinishedAt,
		Error:       record.Error,
		Stack:       record.Stack,
	}
}

// Retry does a job at once that is due later.
func (p *Postgres) Retry(ctx context.Context, id string) error { return p.engine.Retry(ctx, id) }

// Cancel lists a job as failed that is not finished.
func (p *Postgres) Cancel(ctx context.Context, id string) error {
	_, err := p.engine.Cancel(ctx, id)
	return err
}

// Pause lets nobody begin a job of the queue until Resume.
func (p *Postgres) Pause(ctx context.Context, queue string) error {
	return p.engine.Pause(ctx, queue, true)
}

// Resume lets jobs of the queue begin again.
func (p *Postgres) Resume(ctx context.Context, queue string) error {
	return p.engine.Pause(ctx, queue, false)
}

// Revision is another text when anything has changed since.
func (p *Postgres) Revision(ctx context.Context) (string, error) { return p.engine.Revision(ctx) }

func (p *Postgres) isPrivate(job string) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.registry.isPrivate(job)
}
