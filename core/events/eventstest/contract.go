package eventstest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// Settings are what a test of the contract wants of a dispatcher.
type Settings struct {
	Backoff  func(attempt int) time.Duration
	Reporter observe.Reporter
}

// Subject is a dispatcher under test, neither sealed nor started, and the
// transactor that its events are published with.
type Subject struct {
	Dispatcher events.Dispatcher
	Tx         database.Transactor
}

// TestDispatcher tests that a dispatcher keeps the contract of package events.
// open makes a new one for each test and cleans up after it.
func TestDispatcher(t *testing.T, open func(t *testing.T, settings Settings) Subject) {
	for name, test := range contract {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(&trial{t: t, open: open})
		})
	}
}

// contract is every test by its name.
var contract = merged(deliveryTests, payloadTests, failureTests, orderTests, inspectTests, stopTests)

func merged(groups ...map[string]func(*trial)) map[string]func(*trial) {
	all := map[string]func(*trial){}
	for _, group := range groups {
		maps.Copy(all, group)
	}
	return all
}

type note struct {
	ID    string  `json:"id" validate:"required"`
	Topic string  `json:"topic,omitempty"`
	Text  string  `json:"text,omitempty" validate:"max=2000000"`
	Score float64 `json:"score,omitempty"`
}

var (
	noteTaken = events.Define[note]("notes.note.taken")
	noteMoved = events.Define("notes.note.moved", events.OrderBy(func(n note) string { return n.Topic }))
	noteRead  = events.Define[note]("notes.note.read")
)

// trial is one test of one dispatcher.
type trial struct {
	t        *testing.T
	open     func(*testing.T, Settings) Subject
	settings Settings // Backoff, if a test wants it
	Subject
	reported journal
}

// patience is for a machine with other things to do; nothing takes so long.
const patience = 30 * time.Second

// prepare seals a dispatcher with the handlers, and leaves it to be started.
func (r *trial) prepare(handlers ...events.Handler) {
	r.t.Helper()
	if r.settings.Backoff == nil {
		r.settings.Backoff = func(int) time.Duration { return time.Millisecond }
	}
	r.Subject = r.open(r.t, Settings{
		Backoff:  r.settings.Backoff,
		Reporter: observe.NewReporter(func(_ context.Context, f observe.Failure) { r.reported.add(f.Location.Name) }),
	})
	if err := r.Dispatcher.Seal(manifests(handlers...)); err != nil {
		r.t.Fatalf("seal: %v", err)
	}
}

func manifests(handlers ...events.Handler) []feature.Manifest {
	return []feature.Manifest{{
		Name:  "notes",
		Parts: []feature.Part{events.Events{noteTaken, noteMoved, noteRead}, events.Handlers(handlers)},
	}}
}

// start starts a prepared dispatcher and stops it after the test.
func (r *trial) start() {
	r.t.Helper()
	if err := r.Dispatcher.Start(r.t.Context()); err != nil {
		r.t.Fatalf("start: %v", err)
	}
	r.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := r.Dispatcher.Stop(ctx); err != nil {
			r.t.Errorf("stop: %v", err)
		}
	})
}

func (r *trial) run(handlers ...events.Handler) {
	r.t.Helper()
	r.prepare(handlers...)
	r.start()
}

// publish publishes the notes in one transaction.
func (r *trial) publish(event events.Event[note], notes ...note) {
	r.t.Helper()
	err := r.Tx.InTx(r.t.Context(), func(ctx context.Context) error {
		for _, n := range notes {
			if err := event.Publish(ctx, r.Dispatcher, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		r.t.Fatalf("publish: %v", err)
	}
}

// insert stores a payload as an older or a newer program would have.
func (r *trial) insert(event events.Event[note], payload string) {
	r.t.Helper()
	err := r.Tx.InTx(r.t.Context(), func(ctx context.Context) error {
		return r.Dispatcher.Insert(ctx, events.Message{Event: event.Name(), Payload: []byte(payload)})
	})
	if err != nil {
		r.t.Fatalf("insert: %v", err)
	}
}

func (r *trial) drain() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	if err := r.Dispatcher.Drain(ctx); err != nil {
		r.t.Fatalf("drain: %v", err)
	}
}

func (r *trial) failures() []events.Failure {
	r.t.Helper()
	failures, err := r.Dispatcher.Failures(r.t.Context())
	if err != nil {
		r.t.Fatalf("failures: %v", err)
	}
	return failures
}

func (r *trial) expect(what string, got *journal, want ...string) {
	r.t.Helper()
	if all := got.all(); !slices.Equal(all, want) {
		r.t.Errorf("%s: got %q, want %q", what, all, want)
	}
}

// journal is what happened, in order.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
}

func (j *journal) all() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.lines)
}

func (j *journal) has(line string) bool { return slices.Contains(j.all(), line) }

// into is a handler that notes the ids that it gets.
func (j *journal) into(_ context.Context, n note) error {
	j.add(n.ID)
	return nil
}

var errNotYet = errors.New("not yet")
