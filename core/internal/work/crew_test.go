package work_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/internal/work"
)

func newCrew(t *testing.T, options work.Options) *work.Crew {
	t.Helper()
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Backoff == nil {
		options.Backoff = func(int) time.Duration { return time.Second }
	}
	if options.Width == nil {
		options.Width = func(string) int { return 1 }
	}
	crew := work.New(options)
	if err := crew.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := crew.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return crew
}

func drain(t *testing.T, crew *work.Crew) {
	t.Helper()
	if err := crew.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestCrew_goesOnWhenAPieceEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		crew := newCrew(t, work.Options{})
		done := false

		crew.Add(
			work.Piece{ID: "1", MaxAttempts: 1, Do: func(context.Context, int) error { runtime.Goexit(); return nil }},
			work.Piece{ID: "2", MaxAttempts: 1, Do: func(context.Context, int) error { done = true; return nil }},
		)
		drain(t, crew)

		if failures := crew.Failures(); !done || len(failures) != 1 || failures[0].Piece.ID != "1" {
			t.Errorf("got the failures %+v and the next done: %v, want the first one and true", failures, done)
		}
	})
}

func TestCrew_triesAKeyInOrderWhileOthersPass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		crew := newCrew(t, work.Options{})
		var got []string
		piece := func(id, key string, failing int) work.Piece {
			return work.Piece{ID: id, Key: key, MaxAttempts: 10, Do: func(_ context.Context, attempt int) error {
				if attempt <= failing {
					return errors.New("not yet")
				}
				got = append(got, id)
				return nil
			}}
		}

		crew.Add(piece("a1", "a", 2), piece("a2", "a", 0), piece("b1", "b", 0), piece("a3", "a", 1), piece("free", "", 0))
		drain(t, crew)

		if want := []string{"b1", "free", "a1", "a2", "a3"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestCrew_replaysBehindWhatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		crew := newCrew(t, work.Options{})
		mended := false
		var got []string
		add := func(id string, pause time.Duration) {
			crew.Add(work.Piece{ID: id, Key: "k", MaxAttempts: 1, Do: func(context.Context, int) error {
				time.Sleep(pause) // virtual
				if !mended {
					return errors.New("broken")
				}
				got = append(got, id)
				return nil
			}})
		}
		add("1", 0)
		drain(t, crew)
		mended = true
		add("2", time.Minute)
		add("3", time.Minute)

		if err := crew.Replay("1"); err != nil {
			t.Fatal(err)
		}
		drain(t, crew)

		if want := []string{"2", "3", "1"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if err := crew.Replay("1"); !errors.Is(err, fault.NotFound) {
			t.Errorf("a second replay gave %v, want not found", err)
		}
	})
}

func TestCrew_drainsUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		crew := newCrew(t, work.Options{})
		crew.Add(work.Piece{MaxAttempts: 1, Do: func(context.Context, int) error {
			time.Sleep(time.Hour) // virtual
			return nil
		}})

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()

		if err := crew.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's end", err)
		}
	})
}

func TestCrew_tellsADrainThatItWasStopped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		crew := newCrew(t, work.Options{Backoff: func(int) time.Duration { return time.Hour }})
		crew.Add(work.Piece{MaxAttempts: 2, Do: func(context.Context, int) error { return errors.New("not yet") }})
		drained := make(chan error)
		go func() { drained <- crew.Drain(t.Context()) }()
		synctest.Wait()

		if err := crew.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}

		if err := <-drained; err == nil {
			t.Error("drained although a piece waits for its next attempt")
		}
	})
}

func BenchmarkCrew(b *testing.B) {
	crew := work.New(work.Options{Now: time.Now, Backoff: work.Backoff, Concurrency: 10, Width: func(string) int { return 1 }})
	if err := crew.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		crew.Add(work.Piece{Lane: strconv.Itoa(n % 20), MaxAttempts: 1, Do: func(context.Context, int) error { return nil }})
	}
	if err := crew.Drain(b.Context()); err != nil {
		b.Fatal(err)
	}
}
