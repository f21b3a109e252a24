package realtime_test

import (
	"maps"
	"testing"

	"example.com/pergola/core/realtime"
)

func TestStats_distinguishUsersVisitorsAndChannels(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	laptop, phone, grace := s.sessions.signIn("laptop", "ada"), s.sessions.signIn("phone", "ada"), s.sessions.signIn("s3", "grace")
	s.dial(laptop).MustSubscribe("garden.open", "garden.bed.roses")
	s.dial(laptop).MustSubscribe("garden.open", "garden.bed.roses", "garden.mine.ada")
	s.dial(phone)
	s.dial(grace).MustSubscribe("garden.mine.grace", "garden.bed.herbs")
	s.visitor().MustSubscribe("garden.open")
	s.visitor()

	stats := s.hub.Stats()

	if stats.Sockets != 6 || stats.Visitors != 2 || stats.Users != 2 {
		t.Errorf("%d sockets, %d of visitors, %d users, want 6, 2, 2", stats.Sockets, stats.Visitors, stats.Users)
	}
	if want := map[string]int{"ada": 3, "grace": 1}; !maps.Equal(stats.Connections, want) {
		t.Errorf("connections %v, want %v", stats.Connections, want)
	}
	wantTopics := map[string]int{"garden.open": 3, "garden.bed.roses": 2, "garden.bed.herbs": 1, "garden.mine.ada": 1, "garden.mine.grace": 1}
	if !maps.Equal(stats.Subscriptions, wantTopics) {
		t.Errorf("subscriptions %v, want %v", stats.Subscriptions, wantTopics)
	}
	wantChannels := map[string]realtime.ChannelStats{
		"garden.open":          {Topics: 1, Subscriptions: 3},
		"garden.bed.{bedId}":   {Topics: 2, Subscriptions: 3},
		"garden.mine.{userId}": {Topics: 2, Subscriptions: 2},
	}
	if !maps.Equal(stats.Channels, wantChannels) {
		t.Errorf("channels %v, want %v", stats.Channels, wantChannels)
	}
}

func TestSubscribers_countsOneTopic(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	client := s.visitor()
	client.MustSubscribe("garden.open", "garden.bed.roses")
	s.visitor().MustSubscribe("garden.open")
	if open, roses, herbs := s.hub.Subscribers("garden.open"), s.hub.Subscribers("garden.bed.roses"), s.hub.Subscribers("garden.bed.herbs"); open != 2 || roses != 1 || herbs != 0 {
		t.Errorf("%d, %d and %d listeners, want 2, 1 and 0", open, roses, herbs)
	}

	if err := client.Unsubscribe("garden.open"); err != nil {
		t.Fatal(err)
	}

	if n := s.hub.Subscribers("garden.open"); n != 1 {
		t.Errorf("%d listeners, want 1", n)
	}
}
