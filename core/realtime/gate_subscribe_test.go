package realtime_test

import (
	"context"
	"errors"
	"testing"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

func TestGate2_acceptsCallersWithinTheScope(t *testing.T) {
	t.Parallel()
	s := open(t, garden{mayBed: func(_ context.Context, caller realtime.Caller) error {
		switch caller.Param("bedId") {
		case "roses":
			return nil
		case "broken":
			return errors.New("secret")
		case "panic":
			panic("secret")
		}
		return fault.NotFound.New("There is no such bed.")
	}})
	people := map[string]*realtimetest.Client{
		"visitor": s.visitor(),
		"ada":     s.dial(s.sessions.signIn("s1", "ada", "reader", "editor")),
		"grace":   s.dial(s.sessions.signIn("s2", "grace", "reader")),
	}
	tests := []struct{ who, topic, code string }{
		{"visitor", "garden.open", ""},
		{"visitor", "garden.members", "unauthenticated"},
		{"visitor", "garden.desk", "unauthenticated"},
		{"visitor", "garden.mine.ada", "unauthenticated"},
		{"visitor", "garden.bed.roses", ""},
		{"visitor", "garden.room.1.talk", "unauthenticated"},

		{"grace", "garden.open", ""},
		{"grace", "garden.members", ""},
		{"grace", "garden.desk", "forbidden"},
		{"grace", "garden.mine.grace", ""},
		{"grace", "garden.mine.ada", "forbidden"},
		{"grace", "garden.room.1.talk", ""},

		{"ada", "garden.desk", ""},
		{"ada", "garden.bed.roses", ""},
		{"ada", "garden.bed.tulips", "not_found"},
		{"ada", "garden.bed.broken", "internal"},
		{"ada", "garden.bed.panic", "internal"},

		{"ada", "garden.nothing", "unknown_channel"},
		{"ada", "garden", "unknown_channel"},
		{"ada", "", "unknown_channel"},
		{"ada", "garden.mine.{userId}", "unknown_channel"},
		{"ada", "garden.mine.", "unknown_channel"},
		{"ada", "garden.mine.ada.more", "unknown_channel"},
		{"ada", "garden.mine. ada", "unknown_channel"},
		{"ada", "Garden.open", "unknown_channel"},
		{"ada", "garden.open ", "unknown_channel"},
		{"ada", "subscribe", "unknown_channel"},
	}
	for _, test := range tests {
		err := people[test.who].Subscribe(test.topic)

		if code := codeOf(t, err); code != test.code {
			t.Errorf("%s subscribes to %q: %v, want code %q", test.who, test.topic, err, test.code)
		}
	}
	if n := len(s.reports.all()); n != 2 {
		t.Errorf("%d reports, want 2, for the failing authorizer and the panic", n)
	}
}

func codeOf(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	rejection, ok := errors.AsType[*realtime.Rejection](err)
	if !ok {
		t.Fatalf("got %v, want a rejection", err)
	}
	if rejection.Message == "" || rejection.Message == "secret" {
		t.Errorf("rejection %+v has no message, or a secret", rejection)
	}
	return rejection.Code
}

func TestGate2_deliversOnlySubscribedTopics(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	ada, grace := s.dial(s.sessions.signIn("s1", "ada")), s.dial(s.sessions.signIn("s2", "grace"))
	ada.MustSubscribe("garden.mine.ada", "garden.bed.roses")
	grace.MustSubscribe("garden.mine.grace", "garden.bed.tulips")
	_ = grace.Subscribe("garden.mine.ada")

	for _, err := range []error{
		mineChannel.For("ada").Broadcast(t.Context(), s.hub, Note{Text: "ada"}),
		bedChannel.For("roses").Broadcast(t.Context(), s.hub, Note{Text: "roses"}),
		openChannel.Broadcast(t.Context(), s.hub, Note{Text: "all"}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}

	if got := realtimetest.Next(ada, mineChannel.For("ada")).Payload.Text; got != "ada" {
		t.Errorf("ada received %q", got)
	}
	if got := realtimetest.Next(ada, bedChannel.For("roses")).Payload.Text; got != "roses" {
		t.Errorf("ada received %q", got)
	}
	for _, topic := range []string{"garden.mine.ada", "garden.mine.grace", "garden.bed.roses", "garden.bed.tulips", "garden.open"} {
		grace.ExpectNothing(topic)
		ada.ExpectNothing(topic)
	}
}

func TestUnsubscribe_endsTheSubscription(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	client := s.visitor()
	client.MustSubscribe("garden.open", "garden.open")
	broadcast(t, s.hub, 1)

	if err := client.Unsubscribe("garden.open"); err != nil {
		t.Fatal(err)
	}
	broadcast(t, s.hub, 2)

	if n := realtimetest.Next(client, openChannel).Payload.N; n != 1 {
		t.Errorf("received %d, want 1", n)
	}
	client.ExpectNothing("garden.open") // neither 2, nor 1 again after the second subscribe
	if n := len(s.hub.Stats().Subscriptions); n != 0 {
		t.Errorf("%d topics are left, want none", n)
	}
	if err := client.Unsubscribe("garden.open"); err != nil {
		t.Errorf("a second unsubscribe: %v", err)
	}
}
