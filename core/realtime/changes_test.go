package realtime_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
)

// refusing is a hub with a server that refuses what is asked of it, which is a
// change that needs no network.
func refusing(t *testing.T) (hub *realtime.Hub, change func()) {
	t.Helper()
	hub = realtime.NewHub(slog.New(slog.DiscardHandler))
	server, err := realtime.NewServer(hub, &sessions{}, []feature.Manifest{garden{}.manifest()}, realtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return hub, func() {
		if err := server.Deliver(t.Context(), "garden.nothing", nil, realtime.Caller{}); err == nil {
			t.Error("nothing was refused")
		}
	}
}

func TestOnChange_tellsAtMostOnceInAnInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hub, change := refusing(t)
		start := time.Now()
		var told []time.Duration
		var mu sync.Mutex
		hub.OnChange(time.Second, func() {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, time.Since(start))
		})

		for range 350 { // for three and a half seconds
			change()
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Hour) // nothing happens

		mu.Lock()
		defer mu.Unlock()
		if len(told) != 5 || told[0] > 200*time.Millisecond {
			t.Fatalf("told at %v, want soon and then every second until the last change", told)
		}
		for i := 1; i < len(told); i++ {
			if gap := told[i] - told[i-1]; gap < time.Second || gap > 1100*time.Millisecond {
				t.Errorf("told at %v: a gap of %v, want a second", told, gap)
			}
		}
	})
}

func TestOnChange_tellsOfTheLastChangeToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hub, change := refusing(t)
		var seen atomic.Int64
		first := sync.OnceFunc(change)
		hub.OnChange(time.Second, func() {
			seen.Store(int64(hub.Stats().Refusals["inbound"]))
			first() // while it is being told
		})

		change()
		time.Sleep(time.Minute)

		if n := seen.Load(); n != 2 {
			t.Errorf("the last call saw %d refusals, want 2", n)
		}
	})
}

func TestOnChange_neverTellsTwiceAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hub, change := refusing(t)
		var inside, calls, quick atomic.Int64
		hub.OnChange(time.Second, func() {
			if inside.Add(1) > 1 {
				t.Error("called while a call was under way")
			}
			time.Sleep(5 * time.Second)
			inside.Add(-1)
			calls.Add(1)
		})
		hub.OnChange(time.Second, func() { quick.Add(1) }) // others need not wait for it

		for range 100 {
			change()
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(time.Minute)

		if calls.Load() != 3 || quick.Load() < 10 {
			t.Errorf("%d slow and %d quick calls, want 3 and 10 or 11", calls.Load(), quick.Load())
		}
	})
}
