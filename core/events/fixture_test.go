package events_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/events"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/migrations"
)

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

// fixture is a dispatcher on its own database, with retries without delay.
type fixture struct {
	t          *testing.T
	db         *database.DB
	options    events.DispatcherOptions
	dispatcher *events.Dispatcher
	reported   calls // names of the spans whose failures were reported
}

func newFixture(t *testing.T) *fixture {
	f := &fixture{t: t, db: databasetest.New(t, migrations.FS), options: eventstest.Options()}
	f.options.Reporter = observe.NewReporter(func(_ context.Context, failure observe.Failure) { f.reported.add(failure.Location.Name) })
	return f
}

// open creates a dispatcher that has no handlers.
func (f *fixture) open() {
	f.t.Helper()
	dispatcher, err := events.NewDispatcher(f.db, f.options)
	if err != nil {
		f.t.Fatal(err)
	}
	f.dispatcher = dispatcher
}

// register creates a dispatcher with the handlers, which is not started.
func (f *fixture) register(handlers ...events.Handler) {
	f.t.Helper()
	f.open()
	if err := f.dispatcher.Register(manifests(handlers...)); err != nil {
		f.t.Fatalf("register: %v", err)
	}
}

func manifests(handlers ...events.Handler) []feature.Manifest {
	return []feature.Manifest{{
		Name:  "notes",
		Parts: []feature.Part{events.Events{noteTaken, noteMoved, noteRead}, events.Handlers(handlers)},
	}}
}

func (f *fixture) start() {
	f.t.Helper()
	eventstest.Start(f.t, f.dispatcher)
}

// run creates a dispatcher with the handlers and starts it.
func (f *fixture) run(handlers ...events.Handler) {
	f.t.Helper()
	f.register(handlers...)
	f.start()
}

// publish publishes the notes in one transaction.
func (f *fixture) publish(event events.Event[note], notes ...note) {
	f.t.Helper()
	err := f.db.InTx(f.t.Context(), func(ctx context.Context) error {
		for _, n := range notes {
			if err := event.Publish(ctx, f.dispatcher, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		f.t.Fatalf("publish: %v", err)
	}
}

// insert stores a payload as an older or newer program would have.
func (f *fixture) insert(event events.Event[note], payload string) {
	f.t.Helper()
	err := f.db.InTx(f.t.Context(), func(ctx context.Context) error {
		return f.dispatcher.Insert(ctx, events.Message{Event: event.Name(), Payload: []byte(payload)})
	})
	if err != nil {
		f.t.Fatalf("insert: %v", err)
	}
}

func (f *fixture) drain() {
	f.t.Helper()
	eventstest.Drain(f.t, f.dispatcher)
}

func (f *fixture) failures() []events.Delivery {
	f.t.Helper()
	return failuresOf(f.t, f.dispatcher)
}

func (f *fixture) want(what string, got *calls, want ...string) {
	f.t.Helper()
	if all := got.all(); !slices.Equal(all, want) {
		f.t.Errorf("%s: got %q, want %q", what, all, want)
	}
}

// calls records what happened, in order.
type calls struct {
	mu    sync.Mutex
	lines []string
}

func (c *calls) add(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, line)
}

func (c *calls) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.lines)
}

func (c *calls) has(line string) bool { return slices.Contains(c.all(), line) }

// record is a handler that records the ids it receives.
func (c *calls) record(_ context.Context, n note) error {
	c.add(n.ID)
	return nil
}

var errNotYet = errors.New("not yet")

func failuresOf(t *testing.T, dispatcher *events.Dispatcher) []events.Delivery {
	t.Helper()
	failures, err := dispatcher.Deliveries(t.Context(), events.DeliveryQuery{State: events.Failed})
	if err != nil {
		t.Fatalf("list failed deliveries: %v", err)
	}
	return failures
}

func execute(t *testing.T, db *database.DB, sql string, args ...any) {
	t.Helper()
	if _, err := db.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, db *database.DB, sql string) (n int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// await polls until the condition is met.
func await(t *testing.T, what string, met func() bool) {
	t.Helper()
	for deadline := time.After(time.Minute); !met(); {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			t.Fatalf("timed out waiting for %s", what)
		}
	}
}
