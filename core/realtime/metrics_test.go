package realtime_test

import (
	"testing"

	"example.com/pergola/core/realtime/realtimetest"
)

func TestMetrics_countConnectionsAndMessages(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	first, second := s.visitor(), s.visitor()
	first.MustSubscribe("garden.open", "garden.bed.roses", "garden.bed.herbs")
	second.MustSubscribe("garden.open")
	if err := second.Subscribe("garden.members"); err == nil {
		t.Fatal("a visitor subscribed to a channel for members")
	}
	broadcast(t, s.hub, 1)
	realtimetest.Next(first, openChannel)
	realtimetest.Next(second, openChannel)
	before := s.server.Metrics()
	second.Disconnect()
	eventually(t, "one connection is closed", func() bool { return s.server.Metrics().Connections == 1 })

	m := s.server.Metrics()

	if m.Opened != 2 || m.Closed["left"] != 1 || before.Connections != 2 {
		t.Errorf("%d opened, %v closed, %d before", m.Opened, m.Closed, before.Connections)
	}
	if before.Subscriptions["garden.open"] != 2 || before.Subscriptions["garden.bed.{bedId}"] != 2 {
		t.Errorf("subscriptions %v", before.Subscriptions)
	}
	eventually(t, "all connections and frames are counted", func() bool {
		m := s.server.Metrics()
		return m.MessagesOut >= 11 && m.BytesOut >= 11*20
	})
	if m.Rejected["subscribe"]["unauthenticated"] != 1 || len(m.Rejected) != 5 {
		t.Errorf("rejected %v", m.Rejected)
	}
	if m.Handshakes.Count != 2 || m.Broadcasts.Count != 1 || m.Handshakes.Sum <= 0 || m.Broadcasts.Sum <= 0 {
		t.Errorf("handshakes %+v, broadcasts %+v", m.Handshakes, m.Broadcasts)
	}
}
