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
	var log bytes.Buffer // slog locks it
	s := &site{
		t:        t,
		hub:      realtime.NewHub(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))),
		sessions: &sessions{identities: map[string]realtime.Identity{}},
		reports:  &reports{},
	}
	server, err := realtime.NewServer(s.hub, s.sessions.authenticate, []feature.Manifest{garden{}.manifest()},
		realtime.Options{Reporter: s.reports, Limits: realtime.Limits{SocketsPerAddress: 1}})
	if err != nil {
		t.Fatal(err)
	}
	s.serve(server)
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
