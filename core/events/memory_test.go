package events_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/events"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/feature"
)

func TestMemory_keepsTheContract(t *testing.T) {
	t.Parallel()
	eventstest.TestDispatcher(t, func(_ *testing.T, settings eventstest.Settings) eventstest.Subject {
		return eventstest.Subject{
			Dispatcher: events.NewMemory(events.MemoryOptions{Backoff: settings.Backoff, Reporter: settings.Reporter}),
			Tx:         database.NewMemory(),
		}
	})
}

type greeted struct {
	Name string `json:"name" validate:"required"`
}

var greetedEvent = events.Define[greeted]("greetings.somebody.greeted")

// started is a memory with these handlers that is stopped after the test.
func started(t *testing.T, options events.MemoryOptions, handlers ...events.Handler) *events.Memory {
	t.Helper()
	memory := events.NewMemory(options)
	if err := memory.Seal(greetings(handlers...)); err != nil {
		t.Fatal(err)
	}
	if err := memory.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := memory.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return memory
}

func greetings(handlers ...events.Handler) []feature.Manifest {
	return []feature.Manifest{{
		Name:  "greetings",
		Parts: []feature.Part{events.Events{greetedEvent}, events.Handlers(handlers)},
	}}
}

func publish(t *testing.T, outbox events.Outbox, names ...string) {
	t.Helper()
	err := database.NewMemory().InTx(t.Context(), func(ctx context.Context) error {
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

func drain(t *testing.T, memory *events.Memory) {
	t.Helper()
	if err := memory.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestMemory_pausesLongerAfterEachAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		memory := started(t, events.MemoryOptions{}, events.Handle(greetedEvent, "greetings.wave", func(context.Context, greeted) error {
			at = append(at, time.Now())
			return errors.New("nobody there")
		}))

		publish(t, memory, "Ada")
		drain(t, memory)

		if len(at) != events.DefaultMaxAttempts {
			t.Fatalf("got %d attempts, want %d", len(at), events.DefaultMaxAttempts)
		}
		for n := range len(at) - 1 {
			pause, want := at[n+1].Sub(at[n]), time.Second<<n
			if pause < want*8/10 || pause > want*12/10 {
				t.Errorf("the pause after attempt %d is %s, want %s give or take a fifth", n+1, pause, want)
			}
		}
	})
}

func TestMemory_handlesOneAtATimeInOrderOfTheCommits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []string
		memory := started(t, events.MemoryOptions{}, events.Handle(greetedEvent, "greetings.wave", func(_ context.Context, g greeted) error {
			time.Sleep(time.Second) // virtual: leaves room for another to overtake
			got = append(got, g.Name)
			return nil
		}))

		publish(t, memory, "Ada", "Grace")
		publish(t, memory, "Alan")
		drain(t, memory)

		if want := []string{"Ada", "Grace", "Alan"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestMemory_runsAsManyHandlersAsAllowed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		running, most := 0, 0
		busy := func(context.Context, greeted) error {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			time.Sleep(time.Second) // virtual
			mu.Lock()
			running--
			mu.Unlock()
			return nil
		}
		memory := started(t, events.MemoryOptions{Concurrency: 2},
			events.Handle(greetedEvent, "greetings.wave", busy),
			events.Handle(greetedEvent, "greetings.smile", busy),
			events.Handle(greetedEvent, "greetings.bow", busy))

		publish(t, memory, "Ada", "Grace", "Alan")
		drain(t, memory)

		if most != 2 {
			t.Errorf("%d handlers ran at once, want 2", most)
		}
	})
}

func TestMemory_countsWhatItDoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		memory := started(t, events.MemoryOptions{}, events.Handle(greetedEvent, "greetings.wave", func(context.Context, greeted) error {
			<-release
			return nil
		}))
		publish(t, memory, "Ada", "Grace")

		if added, busy := memory.Activity(); added != 2 || busy != 2 {
			t.Errorf("while working got %d added and %d busy, want 2 and 2", added, busy)
		}
		close(release)
		drain(t, memory)

		if added, busy := memory.Activity(); added != 2 || busy != 0 {
			t.Errorf("when quiet got %d added and %d busy, want 2 and 0", added, busy)
		}
	})
}

func TestMemory_saysWhatIsLeftAndWhatFailed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		options := events.MemoryOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))}
		memory := started(t, options, events.Handle(greetedEvent, "greetings.wave", func(ctx context.Context, g greeted) error {
			if g.Name == "nobody" {
				return events.GiveUp(errors.New("nobody there"))
			}
			<-ctx.Done()
			return ctx.Err()
		}))
		publish(t, memory, "nobody", "Ada", "Grace")
		synctest.Wait()

		now, cancel := context.WithCancel(t.Context())
		cancel()
		if err := memory.Stop(now); err != nil {
			t.Fatal(err)
		}

		for _, want := range []string{"listed as failed", "handler=greetings.wave", "nobody there", "deliveries=2"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log does not say %q:\n%s", want, log.String())
			}
		}
	})
}

func TestMemory_stopFailsIfAHandlerGoesOnAllTheSame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		memory := started(t, events.MemoryOptions{}, events.Handle(greetedEvent, "greetings.wave", func(context.Context, greeted) error {
			<-release
			return nil
		}))
		publish(t, memory, "Ada")
		synctest.Wait()

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := memory.Stop(ctx)
		close(release)

		if err == nil {
			t.Error("stopped without an error while a handler runs")
		}
	})
}

func TestMemory_listsTheNewestThousandFailures(t *testing.T) {
	t.Parallel()
	memory := started(t, events.MemoryOptions{}, events.Handle(greetedEvent, "greetings.wave", func(context.Context, greeted) error {
		return events.GiveUp(errors.New("nobody there"))
	}))
	names := slices.Repeat([]string{"Ada"}, 1001)
	names[1000] = "Grace"

	publish(t, memory, names...)
	drain(t, memory)

	failures, err := memory.Failures(t.Context())
	if err != nil || len(failures) != 1000 || !strings.Contains(string(failures[999].Payload), "Grace") {
		t.Errorf("got %d failures and error %v, want 1000, Grace the last", len(failures), err)
	}
}

func TestPublish_ofTheZeroEventFails(t *testing.T) {
	t.Parallel()
	var nothing events.Event[greeted]

	err := nothing.Publish(t.Context(), eventstest.NewRecorder(), greeted{Name: "Ada"})

	if err == nil || nothing.Name() != "" {
		t.Errorf("got error %v and name %q, want an error and no name", err, nothing.Name())
	}
}
