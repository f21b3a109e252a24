package metrics_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/pergola/cmd/internal/metrics"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/backplane"
)

type sockets struct{ metrics realtime.Metrics }

func (s sockets) Metrics() realtime.Metrics { return s.metrics }

type plane struct{ metrics backplane.Metrics }

func (p plane) Metrics() backplane.Metrics { return p.metrics }

func show(t *testing.T, sources metrics.Sources) string {
	t.Helper()
	server := httptest.NewServer(metrics.Handler(sources))
	t.Cleanup(server.Close)
	response, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", response.Status, text, err)
	}
	return string(text)
}

type wrongClock time.Duration

func (c wrongClock) ClockDifference() time.Duration { return time.Duration(c) }

func TestHandler_servesEveryMetric(t *testing.T) {
	t.Parallel()
	took := observe.DurationsSnapshot{Count: 3, Sum: 1500 * time.Millisecond, UpTo: map[time.Duration]uint64{time.Millisecond: 1, time.Second: 3}}

	text := show(t, metrics.Sources{
		Sockets: sockets{realtime.Metrics{
			Connections:   5,
			Opened:        9,
			Closed:        map[string]int64{"slow": 2, "left": 2},
			Subscriptions: map[string]int{"blog.article.feed": 4},
			MessagesOut:   100,
			BytesOut:      20_000,
			Rejected:      map[string]map[string]int{"subscribe": {"forbidden": 7}},
			Handshakes:    took,
			Broadcasts:    took,
		}},
		Backplane: plane{backplane.Metrics{Used: true, Up: true, Waiting: 1, Sent: 2, Dropped: 3, Received: 4, Lag: took}},
		Clock:     wrongClock(-90 * time.Second),
	})

	for _, want := range []string{
		`connections 5`, `connections_opened_total 9`, `connections_closed_total{reason="slow"} 2`, `connections_closed_total{reason="left"} 2`,
		`subscriptions{channel="blog.article.feed"} 4`, `messages_out_total 100`, `bytes_out_total 20000`,
		`rejected_total{code="forbidden",gate="subscribe"} 7`,
		`handshake_seconds_bucket{le="0.001"} 1`, `handshake_seconds_bucket{le="1"} 3`, `handshake_seconds_sum 1.5`, `broadcast_seconds_count 3`,
		`backplane_up 1`, `backplane_waiting 1`, `backplane_sent_total 2`, `backplane_dropped_total 3`, `backplane_received_total 4`, `backplane_lag_seconds_count 3`,
	} {
		if !strings.Contains(text, "pergola_realtime_"+want+"\n") {
			t.Errorf("%s is missing", want)
		}
	}
	if !strings.Contains(text, "pergola_database_clock_difference_seconds -90\n") {
		t.Error("the clock's difference is missing")
	}
	if !strings.Contains(text, "go_goroutines ") {
		t.Error("the metrics of the runtime are missing")
	}
}

func TestHandler_omitsAnUnusedBackplane(t *testing.T) {
	t.Parallel()
	text := show(t, metrics.Sources{Sockets: sockets{}, Backplane: plane{}, Clock: wrongClock(0)})
	if strings.Contains(text, "backplane") {
		t.Errorf("got:\n%s", text)
	}
}
