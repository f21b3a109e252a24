package realtime_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

// at returns the rejections at a gate, newest first.
func at(stats realtime.Stats, gate string) []realtime.Rejected {
	return slices.DeleteFunc(slices.Clone(stats.Recent), func(r realtime.Rejected) bool { return r.Gate != gate })
}

func TestRejections_recordTopicAndUser(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := open(t, garden{}, clock.option, limits(func(l *realtime.Limits) { l.SubscriptionsPerSocket = 1 }))
	ada := s.dial(s.sessions.signIn("s1", "ada"))
	realtimetest.DialRejected(t, s.URL, http.Header{"Origin": {"https://evil.example"}})
	_ = ada.Subscribe("garden.desk")
	_ = s.visitor().Subscribe("garden.members")
	_ = ada.Emit("garden.nothing", Note{Text: "x"})
	_ = ada.Emit("garden.desk", Note{Text: "x"})
	ada.MustSubscribe("garden.open")
	_ = ada.Subscribe("garden.members")

	stats := s.hub.Stats()

	const here = "127.0.0.0/24"
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for gate, want := range map[string][]realtime.Rejected{
		"connection": {{Gate: "connection", Code: "forbidden", At: now, Times: 1, Network: here}},
		"subscribe": {
			{Gate: "subscribe", Code: "forbidden", At: now, Times: 1, Topic: "garden.desk", UserID: "ada", Network: here},
			{Gate: "subscribe", Code: "unauthenticated", At: now, Times: 1, Topic: "garden.members", Network: here},
		},
		"inbound": {{Gate: "inbound", Code: "unknown_channel", At: now, Times: 1, Topic: "garden.nothing", UserID: "ada", Network: here}},
		"sender":  {{Gate: "sender", Code: "forbidden", At: now, Times: 1, Topic: "garden.desk", UserID: "ada", Network: here}},
		"limits":  {{Gate: "limits", Code: "too_many", At: now, Times: 1, Topic: "garden.members", UserID: "ada", Network: here}},
	} {
		if got := at(stats, gate); !slices.Equal(got, want) {
			t.Errorf("rejected at gate %s: %+v, want %+v", gate, got, want)
		}
	}
	if gates := realtime.Gates(); !slices.Equal(gates, []string{"connection", "subscribe", "inbound", "sender", "limits"}) {
		t.Errorf("gates %q", gates)
	}
}

func TestRejections_countRepetitions(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := open(t, garden{}, clock.option)
	visitor, other := s.visitor(), s.dial(s.sessions.signIn("s1", "ada"))
	for range 7 {
		clock.advance(1)
		_ = visitor.Subscribe("garden.members")
		_ = other.Subscribe("garden.desk")
	}

	got := at(s.hub.Stats(), "subscribe")

	if len(got) != 2 || got[0].Times != 7 || got[1].Times != 7 || !got[0].At.Equal(time.Date(2026, 1, 2, 3, 4, 12, 0, time.UTC)) {
		t.Errorf("rejected: %+v, want two lines of 7 times each, the last now", got)
	}
	if total := s.hub.Stats().Rejections["subscribe"]; total != 14 {
		t.Errorf("%d rejections counted, want 14", total)
	}
}

func TestRejections_keepTheLatestOfEachGate(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := open(t, garden{}, clock.option)
	client := s.visitor()
	_ = client.Subscribe("garden.members")
	for n := range 50 {
		clock.advance(1)
		_ = client.Emit("flood."+strconv.Itoa(n), Note{})
	}

	stats := s.hub.Stats()

	flood := at(stats, "inbound")
	if len(flood) != 20 || flood[0].Topic != "flood.49" || flood[19].Topic != "flood.30" {
		t.Errorf("%d rejections of the flood are kept, from %+v, want the latest 20", len(flood), flood)
	}
	if len(at(stats, "subscribe")) != 1 || stats.Recent[len(stats.Recent)-1].Gate != "subscribe" {
		t.Error("the flood has replaced the rejections of another gate")
	}
}

func TestRejections_sanitizeTopics(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	client := s.visitor()
	_ = client.EmitJSON("subscribe", `"\u001b[31m\u202ered\u0000"`)
	_ = client.Subscribe(strings.Repeat("ä", 300))

	got := at(s.hub.Stats(), "subscribe")

	if len(got) != 2 || got[0].Topic != strings.Repeat("ä", 50)+"…" && got[1].Topic != strings.Repeat("ä", 50)+"…" {
		t.Fatalf("rejected: %+v, want a topic shortened to 50 characters", got)
	}
	if !slices.ContainsFunc(got, func(r realtime.Rejected) bool { return r.Topic == "\uFFFD[31m\uFFFDred\uFFFD" }) {
		t.Errorf("rejected: %+v, want control characters replaced", got)
	}
}

func TestRejections_recordNetworksNotAddresses(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	for address, want := range map[string]string{
		"203.0.113.77:4711":                   "203.0.113.0/24",
		"[2001:db8:1234:5678:9::1]:4711":      "2001:db8:1234::/48",
		"[::ffff:203.0.114.77]:4711":          "203.0.114.0/24",
		"[fe80::1%eth0]:4711":                 "fe80::/48",
		"@":                                   "",
		"[2001:db8:ffff:ffff:ffff:ffff::]:80": "2001:db8:ffff::/48",
	} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/socket.io/?EIO=4&transport=websocket", nil)
		request.RemoteAddr = address
		request.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Origin": {"https://evil.example"}}

		s.server.ServeHTTP(httptest.NewRecorder(), request)

		networks := []string{}
		for _, rejected := range s.hub.Stats().Recent {
			networks = append(networks, rejected.Network)
		}
		if !slices.Contains(networks, want) {
			t.Errorf("the network of %s is one of %q, want %q", address, networks, want)
		}
	}
}
