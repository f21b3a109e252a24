package realtime_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

func TestGate1_namesTheSettingOnceIfItIsProbablyWrong(t *testing.T) {
	t.Parallel()
	s, log := openLogged(t, realtime.Options{Limits: realtime.Limits{SocketsPerAddress: 1}})
	s.visitor()

	for range 3 {
		realtimetest.DialRejected(t, s.URL, http.Header{"Origin": {"https://shop.example"}})
		realtimetest.DialRejected(t, s.URL, nil)
	}

	for _, want := range []string{"BASE_URL", "origin=https://shop.example", "CLIENT_IP_HEADER"} {
		if got := strings.Count(log.String(), want); got != 1 {
			t.Errorf("the log mentions %s %d times, want once:\n%s", want, got, log.String())
		}
	}
}

// The official client begins with long polling unless it is told not to. What it then
// reports is in TestInterop_withTheOfficialClient.
func TestGate1_countsLongPollingAndLogsItOnceAMinute(t *testing.T) {
	t.Parallel()
	var options realtime.Options
	clock := newClock()
	clock.option(&options)
	s, log := openLogged(t, options)

	for _, seconds := range []int{0, 59, 1} {
		clock.advance(seconds)
		response, err := http.Get(s.URL + "/socket.io/?EIO=4&transport=polling")
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}

	if n := strings.Count(log.String(), `transports: [\"websocket\"]`); n != 2 {
		t.Errorf("the log names the remedy %d times in a minute, want twice:\n%s", n, log.String())
	}
	if n := s.hub.Stats().Rejections["connection"]; n != 3 {
		t.Errorf("%d rejections are counted, want 3", n)
	}
}

// openLogged opens the garden and returns the log of warnings.
func openLogged(t *testing.T, options realtime.Options) (*site, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{} // slog locks it
	s := &site{
		t:        t,
		hub:      realtime.NewHub(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))),
		sessions: &sessions{identities: map[string]realtime.Identity{}},
		reports:  &reports{},
	}
	options.Reporter = s.reports
	server, err := realtime.NewServer(s.hub, s.sessions.authenticate, []feature.Manifest{garden{}.manifest()}, options)
	if err != nil {
		t.Fatal(err)
	}
	s.serve(server)
	return s, log
}
