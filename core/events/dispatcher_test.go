package events_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/events"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/feature"
	"example.com/pergola/migrations"
)

type greeted struct {
	Name string `json:"name" validate:"required"`
}

var greetedEvent = events.Define[greeted]("greetings.person.greeted")

type moved struct {
	Piece string `json:"piece" validate:"required"`
	To    int    `json:"to"`
}

var movedEvent = events.Define("greetings.piece.moved", events.OrderBy(func(m moved) string { return m.Piece }))

// node creates a dispatcher on the database, as one of several processes does.
func node(t *testing.T, db *database.DB, options events.DispatcherOptions, handlers ...events.Handler) *events.Dispatcher {
	t.Helper()
	options.PollInterval = 20 * time.Millisecond
	dispatcher, err := events.NewDispatcher(db, options)
	if err != nil {
		t.Fatal(err)
	}
	err = dispatcher.Register([]feature.Manifest{{Name: "greetings", Parts: []feature.Part{
		events.Events{greetedEvent, movedEvent}, events.Handlers(handlers),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return dispatcher
}

func greet(t *testing.T, db *database.DB, outbox events.Outbox, names ...string) {
	t.Helper()
	err := db.InTx(t.Context(), func(ctx context.Context) error {
		for _, name := range names {
			if err := greetedEvent.Publish(ctx, outbox, greeted{Name: name}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// board records where the chess pieces were moved to.
type board struct {
	mu    sync.Mutex
	moves map[string][]int
}

func (b *board) move(_ context.Context, m moved) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.moves == nil {
		b.moves = map[string][]int{}
	}
	b.moves[m.Piece] = append(b.moves[m.Piece], m.To)
	return nil
}

func (b *board) of(piece string) []int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.moves[piece])
}

func TestDispatcher_keepsCommitOrderAcrossPublishersAndProcesses(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	execute(t, db, `create table moves (piece text, at int, primary key (piece, at))`)
	var seen board
	var stumbles atomic.Int32
	handler := events.Handle(movedEvent, "greetings.follow", func(ctx context.Context, m moved) error {
		if m.To%7 == 3 && events.Attempt(ctx) == 1 {
			stumbles.Add(1)
			return errors.New("try again")
		}
		return seen.move(ctx, m)
	})
	options := events.DispatcherOptions{Backoff: func(int) time.Duration { return time.Millisecond }}
	first, second := node(t, db, options, handler), node(t, db, options, handler)
	eventstest.Start(t, first)
	eventstest.Start(t, second)

	const publishers, each = 4, 10
	var wait sync.WaitGroup
	for range publishers {
		wait.Go(func() {
			for n := range each {
				piece := []string{"rook", "pawn"}[n%2]
				err := db.InTx(t.Context(), func(ctx context.Context) error {
					// The lock serializes the transactions of a piece.
					var to int
					err := db.QueryRow(ctx, `insert into moves select $1, coalesce(max(at), 0) + 1 from moves,
						(select pg_advisory_xact_lock(hashtext($1))) locked where piece = $1 returning at`, piece).Scan(&to)
					if err != nil {
						return err
					}
					return movedEvent.Publish(ctx, first, moved{Piece: piece, To: to})
				})
				if err != nil && !database.IsUniqueViolation(err, "") {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	eventstest.Drain(t, first)

	for _, piece := range []string{"rook", "pawn"} {
		if moves := seen.of(piece); !slices.IsSorted(moves) {
			t.Errorf("%s moved to %v", piece, moves)
		}
	}
	if got, want := len(seen.of("rook"))+len(seen.of("pawn")), count(t, db, `select count(*) from moves`); got != want {
		t.Errorf("got %d moves, %d were committed", got, want)
	}
	if left := count(t, db, `select count(*) from events_ordering where job_id in (select id from river_job where state <> 'completed')`); left != 0 {
		t.Errorf("%d finished deliveries still have a position", left)
	}
}

func TestDispatcher_releasesDeliveriesAfterAProcessDies(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	var seen board
	dispatcher := node(t, db, events.DispatcherOptions{}, events.Handle(movedEvent, "greetings.follow", seen.move))
	err := db.InTx(t.Context(), func(ctx context.Context) error {
		return errors.Join(
			movedEvent.Publish(ctx, dispatcher, moved{Piece: "rook", To: 1}),
			movedEvent.Publish(ctx, dispatcher, moved{Piece: "rook", To: 2}))
	})
	if err != nil {
		t.Fatal(err)
	}
	execute(t, db, `update river_job set state = 'pending'`) // as if the process had died right after the commit

	eventstest.Start(t, dispatcher)
	eventstest.Drain(t, dispatcher)

	if got := seen.of("rook"); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("got %v, want both in order", got)
	}
}

func TestDispatcher_replaysAfterWaitingDeliveriesOfTheKey(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	var fixed atomic.Bool
	var seen board
	release := make(chan struct{})
	dispatcher := node(t, db, events.DispatcherOptions{}, events.Handle(movedEvent, "greetings.follow", func(ctx context.Context, m moved) error {
		switch {
		case m.To == 1 && !fixed.Load():
			return events.GiveUp(errors.New("broken"))
		case m.To == 2:
			<-release
		}
		return seen.move(ctx, m)
	}))
	eventstest.Start(t, dispatcher)
	move := func(to int) {
		err := db.InTx(t.Context(), func(ctx context.Context) error {
			return movedEvent.Publish(ctx, dispatcher, moved{Piece: "rook", To: to})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	move(1)
	eventstest.Drain(t, dispatcher)
	move(2)
	move(3)

	fixed.Store(true)
	failures, err := dispatcher.Deliveries(t.Context(), events.DeliveryQuery{State: events.Failed})
	if err != nil || len(failures) != 1 {
		t.Fatalf("got %+v and error %v, want one failure", failures, err)
	}
	if err := dispatcher.Replay(t.Context(), failures[0].ID); err != nil {
		t.Fatal(err)
	}
	close(release)
	eventstest.Drain(t, dispatcher)

	if got := seen.of("rook"); !slices.Equal(got, []int{2, 3, 1}) {
		t.Errorf("got %v, want the replayed one last", got)
	}
}

func TestDispatcher_failsDeliveriesWithoutAHandler(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	var waved atomic.Int32
	wave := events.Handle(greetedEvent, "greetings.wave", func(context.Context, greeted) error {
		waved.Add(1)
		return nil
	})
	smile := events.Handle(greetedEvent, "greetings.smile", func(context.Context, greeted) error { return nil })
	var seen board
	follow := events.Handle(movedEvent, "greetings.follow", seen.move)
	before := node(t, db, events.DispatcherOptions{}, wave, smile, follow)
	greet(t, db, before, "Ada")
	err := db.InTx(t.Context(), func(ctx context.Context) error {
		return movedEvent.Publish(ctx, before, moved{Piece: "rook", To: 1})
	})
	if err != nil {
		t.Fatal(err)
	}

	after := node(t, db, events.DispatcherOptions{OrphanTimeout: time.Millisecond}, smile)
	eventstest.Start(t, after)
	var failures []events.Delivery
	await(t, "the failures", func() bool {
		failures, _ = after.Deliveries(t.Context(), events.DeliveryQuery{State: events.Failed})
		return len(failures) == 2
	})
	handlers, err := after.Handlers(t.Context())
	if err != nil || len(handlers) != 3 || handlers[2].Name != "greetings.wave" || handlers[2].Event != "" || handlers[2].Counts[events.Failed] != 1 {
		t.Errorf("the handlers are %+v, error %v; want the removed ones among them, with their failures", handlers, err)
	}
	for _, failure := range failures {
		if !strings.Contains(failure.Error, failure.Handler) || len(failure.Payload) == 0 {
			t.Errorf("got %+v, want the handler in the error, and the payload", failure)
		}
		if err := after.Replay(t.Context(), failure.ID); err != nil {
			t.Error(err)
		}
	}
	if err := after.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}

	eventstest.Start(t, before)
	eventstest.Drain(t, before)
	if waved.Load() != 1 || len(seen.of("rook")) != 1 {
		t.Errorf("after the handlers came back: waved %d times, moved to %v; want once each", waved.Load(), seen.of("rook"))
	}
}

func TestDispatcher_handlesAThousandEventsAroundAFailingOne(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	var good atomic.Int32
	dispatcher := node(t, db, events.DispatcherOptions{Backoff: func(int) time.Duration { return 10 * time.Millisecond }},
		events.Handle(greetedEvent, "greetings.wave", func(_ context.Context, g greeted) error {
			if g.Name == "poison" {
				panic("poisoned")
			}
			good.Add(1)
			return nil
		}, events.MaxAttempts(3)))
	eventstest.Start(t, dispatcher)

	names := make([]string, 1001)
	for n := range names {
		names[n] = strconv.Itoa(n)
	}
	names[500] = "poison"
	for batch := range slices.Chunk(names, 200) {
		greet(t, db, dispatcher, batch...)
	}
	eventstest.Drain(t, dispatcher)

	failures, err := dispatcher.Deliveries(t.Context(), events.DeliveryQuery{State: events.Failed})
	if n := good.Load(); n != 1000 || err != nil || len(failures) != 1 || failures[0].Attempts != 3 {
		t.Errorf("got %d good ones, failures %+v and error %v; want 1000, and the failing one after three attempts", n, failures, err)
	}
	if n := count(t, db, `select count(*) from events_messages`); n != 1001 {
		t.Errorf("%d events are kept for inspection, want all 1001", n)
	}
}

func TestOnce_commitsEffectAndCompletionTogether(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	execute(t, db, `create table waves (name text)`)
	var lost atomic.Int32
	dispatcher := node(t, db, events.DispatcherOptions{Backoff: func(int) time.Duration { return 0 }},
		events.Handle(greetedEvent, "greetings.wave", events.Once(db, func(ctx context.Context, g greeted) error {
			if _, err := db.Exec(ctx, `insert into waves values ($1)`, g.Name); err != nil {
				return err
			}
			if lost.Add(1)%2 == 0 {
				return nil
			}
			// Another process takes the task over, as if this one were dead.
			_, err := db.Pool().Exec(ctx, `update river_job set attempted_by = '{another}' where state = 'running' and args ->> 'message' = $1`, events.ID(ctx))
			return err
		})))
	eventstest.Start(t, dispatcher)

	var names []string
	for n := range 20 {
		names = append(names, fmt.Sprint("reader ", n))
	}
	greet(t, db, dispatcher, names...)
	eventstest.Drain(t, dispatcher)

	if all, different := count(t, db, `select count(*) from waves`), count(t, db, `select count(distinct name) from waves`); all != 20 || different != 20 {
		t.Errorf("got %d effects for %d events, want 20 each", all, different)
	}
}

// An older program called the field "name" "who".
func TestDispatcher_keepsAPayloadWithARenamedFieldUntilAProgramReadsBoth(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	var handled atomic.Int32
	dispatcher := node(t, db, events.DispatcherOptions{}, events.Handle(greetedEvent, "greetings.wave", func(context.Context, greeted) error {
		handled.Add(1)
		return nil
	}))
	eventstest.Start(t, dispatcher)
	err := db.InTx(t.Context(), func(ctx context.Context) error {
		return dispatcher.Insert(ctx, events.Message{Event: greetedEvent.Name(), Payload: []byte(`{"who":"Ada"}`)})
	})
	if err != nil {
		t.Fatal(err)
	}
	greet(t, db, dispatcher, "Grace")
	eventstest.Drain(t, dispatcher)

	failures, err := dispatcher.Deliveries(t.Context(), events.DeliveryQuery{State: events.Failed})
	if err != nil || len(failures) != 1 || !strings.Contains(failures[0].Error, `"name"`) || !strings.Contains(string(failures[0].Payload), "Ada") {
		t.Fatalf("got %+v and error %v, want the failed delivery to name the missing field", failures, err)
	}
	if n := handled.Load(); n != 1 {
		t.Errorf("%d other events were handled, want only that of Grace", n)
	}
	if err := dispatcher.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}

	newer, names := programThatReadsBoth(t, db)
	eventstest.Start(t, newer)
	if err := newer.Replay(t.Context(), failures[0].ID); err != nil {
		t.Fatal(err)
	}
	eventstest.Drain(t, newer)
	if got := names.of("greeted"); !slices.Equal(got, []int{len("Ada")}) {
		t.Errorf("the newer program read names of the lengths %v, want that of Ada", got)
	}
}

// Failed deliveries outlive the list of published events.
func TestDispatcher_findsAnEventByItsFailedDeliveryAfterRetention(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	dispatcher := node(t, db, events.DispatcherOptions{},
		events.Handle(greetedEvent, "greetings.smile", func(context.Context, greeted) error { return events.GiveUp(errors.New("no smile")) }))
	eventstest.Start(t, dispatcher)
	greet(t, db, dispatcher, "Ada")
	eventstest.Drain(t, dispatcher)
	failures, err := dispatcher.Deliveries(t.Context(), events.DeliveryQuery{State: events.Failed})
	if err != nil || len(failures) != 1 {
		t.Fatalf("got %+v and error %v, want one failure", failures, err)
	}

	execute(t, db, `delete from events_messages`)
	event, err := dispatcher.FindPublished(t.Context(), failures[0].MessageID)

	if err != nil || event.Event != greetedEvent.Name() || !strings.Contains(string(event.Payload), "Ada") ||
		len(event.Deliveries) != 1 || event.Deliveries[0].State != events.Failed {
		t.Errorf("got %+v and error %v, want the event with its failed delivery", event, err)
	}
}

// programThatReadsBoth is a newer version of the program, in which the payload
// has the old field as well.
func programThatReadsBoth(t *testing.T, db *database.DB) (*events.Dispatcher, *board) {
	t.Helper()
	type both struct {
		Name string `json:"name,omitempty"`
		Who  string `json:"who,omitempty" validate:"required_without=Name"`
	}
	event := events.Define[both](greetedEvent.Name())
	names := &board{}
	dispatcher, err := events.NewDispatcher(db, events.DispatcherOptions{PollInterval: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	err = dispatcher.Register([]feature.Manifest{{Name: "greetings", Parts: []feature.Part{
		events.Events{event},
		events.Handlers{events.Handle(event, "greetings.wave", func(ctx context.Context, b both) error {
			return names.move(ctx, moved{Piece: "greeted", To: len(cmp.Or(b.Name, b.Who))})
		})},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return dispatcher, names
}
