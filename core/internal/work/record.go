package work

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// State is where a piece is on its way.
type State string

// The states. A piece begins as waiting or scheduled and ends as done or
// failed, from where it can be replayed.
const (
	Waiting   State = "waiting"   // for room, or behind another piece of its key
	Scheduled State = "scheduled" // due later, and not tried yet
	Running   State = "running"
	Retrying  State = "retrying" // its last attempt failed, and the next is due later
	Failed    State = "failed"   // has used up its attempts, or was cancelled
	Done      State = "done"
)

// States are all, in the order of a piece's life.
func States() []State {
	return []State{Waiting, Scheduled, Running, Retrying, Failed, Done}
}

// IsFinished reports whether nothing happens to a piece by itself any more.
func (s State) IsFinished() bool { return s == Failed || s == Done }

// ErrCancelled is the error of a piece that somebody cancelled.
var ErrCancelled = errors.New("canceled by an administrator")

// Record is all that is known of a piece.
type Record struct {
	Piece      Piece
	State      State
	Attempts   int // the one that runs included
	AddedAt    time.Time
	DueAt      time.Time
	BegunAt    time.Time // the last attempt; zero before the first
	FinishedAt time.Time // zero until it is done or failed
	Err        error     // of the last attempt that failed; nil if none did
}

// Query says which records are asked for, newest first.
type Query struct {
	Match func(Record) bool // nil for all
	Page
}

// Page is a part of a list that has the newest first. At most one of OlderThan
// and NewerThan is set: an id, which begins a page after it or ends one before.
type Page struct {
	OlderThan string
	NewerThan string
	Limit     int
}

// Records are those that the query asks for. What is done is known for the
// newest thousand only, and so is what failed.
func (c *Crew) Records(query Query) []Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []Record
	add := func(record Record) {
		if query.Match == nil || query.Match(record) {
			all = append(all, record)
		}
	}
	for _, i := range c.items {
		add(i.record())
	}
	for _, record := range c.failed {
		add(record)
	}
	for _, record := range c.done {
		add(record)
	}
	slices.SortFunc(all, func(a, b Record) int { return cmp.Compare(b.Piece.ID, a.Piece.ID) })
	return Cut(all, query.Page, func(r Record) string { return r.Piece.ID })
}

// Cut is one page of a list that has the newest first and the highest id.
func Cut[T any](all []T, page Page, id func(T) string) []T {
	if page.OlderThan != "" {
		all = slices.DeleteFunc(all, func(one T) bool { return id(one) >= page.OlderThan })
	}
	if page.NewerThan != "" {
		all = slices.DeleteFunc(all, func(one T) bool { return id(one) <= page.NewerThan })
		if page.Limit > 0 && len(all) > page.Limit {
			return all[len(all)-page.Limit:]
		}
	}
	if page.Limit > 0 && len(all) > page.Limit {
		return all[:page.Limit]
	}
	return all
}

// Lane is what a lane has to do. What is done is not counted.
type Lane struct {
	Name   string
	Counts map[State]int
	Paused bool
	Width  int
}

// Lanes are all that ever had something to do or were given a width.
func (c *Crew) Lanes() map[string]Lane {
	c.mu.Lock()
	defer c.mu.Unlock()
	lanes := map[string]Lane{}
	for name, l := range c.lanes {
		lanes[name] = Lane{Name: name, Counts: map[State]int{}, Paused: l.paused, Width: l.width}
	}
	for _, i := range c.items {
		lanes[i.Lane].Counts[i.record().State]++
	}
	for _, record := range c.failed {
		lanes[record.Piece.Lane].Counts[Failed]++
	}
	return lanes
}

// Revision is another number when anything has changed.
func (c *Crew) Revision() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.revision
}

func (i *item) record() Record {
	record := Record{
		Piece: i.Piece, Attempts: i.attempts, AddedAt: i.addedAt, DueAt: i.Due, BegunAt: i.begunAt, Err: i.err,
		State: map[state]State{scheduled: Scheduled, blocked: Waiting, ready: Waiting, running: Running, retrying: Retrying}[i.state],
	}
	if i.state == running {
		record.Attempts++
	}
	if record.DueAt.IsZero() {
		record.DueAt = i.addedAt
	}
	return record
}
