package jobs

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/internal/work"
	"example.com/pergola/core/observe"
)

// Queues are those that anybody works on or that have something to do.
func (m *Memory) Queues(context.Context) ([]QueueState, error) {
	lanes := m.crew.Lanes()
	m.mu.RLock()
	defer m.mu.RUnlock()
	var queues []QueueState
	if m.registry == nil {
		return nil, nil
	}
	for name := range m.registry.queues {
		lane := lanes[name]
		queues = append(queues, QueueState{Name: name, Counts: lane.Counts, Paused: lane.Paused, Width: m.width(name)})
	}
	slices.SortFunc(queues, func(a, b QueueState) int { return cmp.Compare(a.Name, b.Name) })
	return queues, nil
}

// List is one page of the jobs that the query asks for, newest first.
func (m *Memory) List(_ context.Context, query Query) ([]Record, error) {
	records := m.crew.Records(work.Query{Page: query.Page.work(), Match: func(record work.Record) bool {
		entry := record.Piece.Subject.(Entry)
		return (query.State == "" || record.State == query.State) &&
			(query.Job == "" || entry.Job == query.Job) && (query.Queue == "" || entry.Queue == query.Queue)
	}})
	listed := make([]Record, len(records))
	for n, record := range records {
		listed[n] = m.record(record)
	}
	return listed, nil
}

// Find is one job.
func (m *Memory) Find(_ context.Context, id string) (Record, error) {
	found := m.crew.Records(work.Query{Match: func(record work.Record) bool { return record.Piece.ID == id }})
	if len(found) == 0 {
		return Record{}, fault.NotFound.New("There is no job with the id %q.", id)
	}
	return m.record(found[0]), nil
}

func (m *Memory) record(record work.Record) Record {
	entry := record.Piece.Subject.(Entry)
	r := Record{
		ID:          entry.ID,
		Job:         entry.Job,
		Queue:       entry.Queue,
		State:       record.State,
		Priority:    entry.Priority,
		Payload:     shown(m.isPrivate(entry.Job), entry.Payload),
		UniqueKey:   entry.UniqueKey,
		Attempts:    record.Attempts,
		MaxAttempts: entry.MaxAttempts,
		EnqueuedAt:  entry.EnqueuedAt,
		DueAt:       record.DueAt,
		BegunAt:     record.BegunAt,
		FinishedAt:  record.FinishedAt,
	}
	if record.Err != nil {
		place, _ := observe.Origin(record.Err)
		r.Error, r.Stack = record.Err.Error(), place.Stack
	}
	return r
}

// Retry does a job at once that is due later.
func (m *Memory) Retry(_ context.Context, id string) error { return m.crew.Retry(id) }

// Cancel lists a job as failed that is not finished.
func (m *Memory) Cancel(_ context.Context, id string) error { return m.crew.Cancel(id) }

// Pause lets nobody begin a job of the queue until Resume.
func (m *Memory) Pause(_ context.Context, queue string) error { return m.pause(queue, true) }

// Resume lets jobs of the queue begin again.
func (m *Memory) Resume(_ context.Context, queue string) error { return m.pause(queue, false) }

func (m *Memory) pause(queue string, paused bool) error {
	m.mu.RLock()
	known := m.registry != nil && m.registry.queues[queue]
	m.mu.RUnlock()
	if !known {
		return fault.NotFound.New("Nobody works on a queue %q.", queue)
	}
	m.crew.Pause(queue, paused)
	return nil
}

// Revision is another text when anything has changed since.
func (m *Memory) Revision(context.Context) (string, error) {
	return strconv.FormatUint(m.crew.Revision(), 10), nil
}

func (m *Memory) isPrivate(job string) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.registry.isPrivate(job)
}
