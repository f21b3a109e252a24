package realtime_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

var gaugeChannel = realtime.DefineChannel[Ping]("gauge.level", realtime.Public)

// openGauge runs a server with a feature that polls.
func openGauge(t *testing.T, poll func(ctx context.Context, s *site, since string) (string, error)) *site {
	t.Helper()
	s := &site{t: t, hub: realtime.NewHub(nil), reports: &reports{}}
	gauge := feature.Manifest{Name: "gauge", Parts: []feature.Part{
		realtime.Channels{gaugeChannel.Poll(5*time.Millisecond, func(ctx context.Context, since string) (string, error) {
			return poll(ctx, s, since)
		})},
	}}
	server, err := realtime.NewServer(s.hub, (&sessions{}).authenticate, []feature.Manifest{gauge}, realtime.Options{Reporter: s.reports})
	if err != nil {
		t.Fatal(err)
	}
	s.serve(server)
	return s
}

func TestPoll_runsOnlyWhileThereAreSubscribers(t *testing.T) {
	t.Parallel()
	var polls atomic.Int64
	s := openGauge(t, func(ctx context.Context, s *site, since string) (string, error) {
		last, _ := strconv.ParseInt(since, 10, 64)
		if n := polls.Add(1); since != "" && n != last+1 {
			t.Errorf("poll %d got revision %s, want that of the poll before", n, since)
		}
		revision := polls.Load()
		return strconv.FormatInt(revision, 10), gaugeChannel.Broadcast(ctx, s.hub, Ping{N: revision})
	})
	client := s.visitor()
	if n := polls.Load(); n != 0 {
		t.Errorf("polled %d times before the first subscription, want 0", n)
	}

	for range 2 { // it starts again with the next subscriber
		client.MustSubscribe("gauge.level")
		first := realtimetest.Next(client, gaugeChannel).Payload.N
		if next := realtimetest.Next(client, gaugeChannel).Payload.N; next <= first {
			t.Errorf("got poll %d after %d, want a later one", next, first)
		}
		if err := client.Unsubscribe("gauge.level"); err != nil {
			t.Fatal(err)
		}
		var before int64
		eventually(t, "polling stops", func() bool {
			now := polls.Load()
			stopped := now == before
			before = now
			time.Sleep(20 * time.Millisecond)
			return stopped && polls.Load() == now
		})
	}
}

func TestPoll_reportsTheFirstOfConsecutiveErrors(t *testing.T) {
	t.Parallel()
	var polls atomic.Int64
	s := openGauge(t, func(context.Context, *site, string) (string, error) {
		if n := polls.Add(1); n != 4 {
			return "", errors.New("poll " + strconv.FormatInt(n, 10) + " failed")
		}
		return "", nil
	})

	s.visitor().MustSubscribe("gauge.level")

	eventually(t, "two errors are reported", func() bool { return len(s.reports.all()) == 2 })
	if all := s.reports.all(); !strings.Contains(all[0].Error(), "poll 1 ") || !strings.Contains(all[1].Error(), "poll 5 ") {
		t.Errorf("reported %v, want polls 1 and 5", all)
	}
}

func TestNewServer_rejectsAPollThatCannotRun(t *testing.T) {
	t.Parallel()
	poll := func(context.Context, string) (string, error) { return "", nil }
	for name, entry := range map[string]realtime.AnyChannel{"no function": gaugeChannel.Poll(time.Second, nil), "no interval": gaugeChannel.Poll(0, poll)} {
		manifest := feature.Manifest{Name: "gauge", Parts: []feature.Part{realtime.Channels{entry}}}
		_, err := realtime.NewServer(realtime.NewHub(nil), (&sessions{}).authenticate, []feature.Manifest{manifest}, realtime.Options{})
		if err == nil || !strings.Contains(err.Error(), "Poll without") {
			t.Errorf("%s: NewServer = %v, want an error about the poll", name, err)
		}
	}
}
