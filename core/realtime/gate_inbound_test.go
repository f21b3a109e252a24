package realtime_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

func TestGate3_rejectsTopicsWithoutAHandler(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	client := s.dial(s.sessions.signIn("s1", "ada"))
	for _, topic := range []string{
		"garden.open",    // a channel without a handler
		"garden.nothing", // not a channel
		"garden.mine",    // part of a channel's name
		"closing", "toString", "__proto__", "", "unsubscribed",
	} {
		if code := codeOf(t, client.Emit(topic, Note{Text: "x"})); code != "unknown_channel" {
			t.Errorf("emit on %q: code %q, want unknown_channel", topic, code)
		}
	}
	if n := s.hub.Stats().Rejections["inbound"]; n != 8 {
		t.Errorf("%d rejections counted at the gate, want 8", n)
	}
}

func TestGate4_rejectsSendersOutsideTheScope(t *testing.T) {
	t.Parallel()
	handled := make(chan realtime.Caller, 10)
	s := open(t, garden{
		onNote: func(_ context.Context, _ Note, caller realtime.Caller) error {
			handled <- caller
			return nil
		},
		mayBed: func(_ context.Context, caller realtime.Caller) error {
			if caller.Param("bedId") != "roses" {
				return fault.NotFound.New("There is no such bed.")
			}
			return nil
		},
	})
	visitor := s.visitor()
	reader := s.dial(s.sessions.signIn("s1", "grace", "reader"))
	editor := s.dial(s.sessions.signIn("s2", "ada", "editor"))
	tests := []struct {
		client      *realtimetest.Client
		topic, code string
	}{
		{visitor, "garden.members", "unauthenticated"},
		{reader, "garden.members", ""},
		{visitor, "garden.desk", "unauthenticated"},
		{reader, "garden.desk", "forbidden"},
		{editor, "garden.desk", ""},
		{reader, "garden.mine.ada", "forbidden"},
		{reader, "garden.mine.grace", ""},
		{visitor, "garden.bed.tulips", "not_found"},
		{visitor, "garden.bed.roses", ""},
	}
	for _, test := range tests {
		err := test.client.Emit(test.topic, Note{Text: "x"})

		if code := codeOf(t, err); code != test.code {
			t.Errorf("emit on %s: %v, want code %q", test.topic, err, test.code)
		}
		if test.code == "" {
			caller := <-handled
			if caller.SocketID != test.client.ID() {
				t.Errorf("%s: handled for socket %s, want %s", test.topic, caller.SocketID, test.client.ID())
			}
			if test.topic == "garden.bed.roses" && caller.Param("bedId") != "roses" {
				t.Errorf("caller has no parameter: %+v", caller)
			}
		}
	}
	if len(handled) != 0 {
		t.Error("a handler was called for a rejected message")
	}
}

func TestInbound_rejectsInvalidPayloads(t *testing.T) {
	t.Parallel()
	called := make(chan Ping, 1)
	s := open(t, garden{onPing: func(_ context.Context, ping Ping, _ realtime.Caller) error {
		called <- ping
		return nil
	}})
	client := s.visitor()
	for data, message := range map[string]string{
		`{}`:                         "n is missing.",
		`{"n":1,"x":2}`:              `"x" is unknown.`,
		`{"n":"1"}`:                  "n must be a number.",
		`{"n":1,"n":2}`:              "n appears twice.",
		`{"n":1.5}`:                  "n does not fit int64.",
		`null`:                       "The payload must be an object.",
		`{"n":1},{"n":2}`:            "The payload must be one value.",
		`{"n":99999999999999999999}`: "n does not fit int64.",
	} {
		err := client.EmitJSON("garden.ping", data)

		rejection, ok := errors.AsType[*realtime.Rejection](err)
		if !ok || rejection.Code != "invalid_payload" || rejection.Message != message {
			t.Errorf("%s: %v, want invalid_payload %q", data, err, message)
		}
	}
	if len(called) != 0 {
		t.Error("the handler was called")
	}
	if len(s.reports.all()) != 0 {
		t.Errorf("a client's mistake was reported: %v", s.reports.all())
	}

	if err := client.EmitJSON("garden.ping", `{"n":9007199254740993}`); err != nil {
		t.Fatal(err)
	}
	if ping := <-called; ping.N != 9007199254740993 {
		t.Errorf("got %d, want the integer exactly", ping.N)
	}
}

func TestInbound_acknowledgesWithTheFault(t *testing.T) {
	t.Parallel()
	var outcome func() error
	s := open(t, garden{onNote: func(context.Context, Note, realtime.Caller) error { return outcome() }})
	client := s.dial(s.sessions.signIn("s1", "ada"))
	tests := []struct {
		outcome       func() error
		code, message string
		reports       int
	}{
		{func() error { return nil }, "", "", 0},
		{func() error { return fault.Conflict.New("Someone else changed this first.") }, "conflict", "Someone else changed this first.", 0},
		{func() error { return fault.Invalid.New("Not like this.") }, "invalid", "Not like this.", 0},
		{func() error { return errors.New("password=hunter2") }, "internal", fault.Internal.Error(), 1},
		{func() error { panic("password=hunter2") }, "internal", fault.Internal.Error(), 2},
		{func() error { none := []error{}; return none[len(none)] }, "internal", fault.Internal.Error(), 3},
		{func() error { return nil }, "", "", 3},
	}
	for i, test := range tests {
		outcome = test.outcome

		err := client.Emit("garden.members", Note{Text: "x"})

		if code := codeOf(t, err); code != test.code {
			t.Errorf("%d: %v, want code %q", i, err, test.code)
		}
		if rejection, ok := errors.AsType[*realtime.Rejection](err); ok && rejection.Message != test.message {
			t.Errorf("%d: message %q, want %q", i, rejection.Message, test.message)
		}
		if n := len(s.reports.all()); n != test.reports {
			t.Errorf("%d: %d reports, want %d", i, n, test.reports)
		}
	}
}

func TestInbound_slowHandlersDelayOnlyTheirSocket(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	started := make(chan struct{})
	s := open(t, garden{onPing: func(_ context.Context, ping Ping, _ realtime.Caller) error {
		if ping.N == 0 {
			close(started)
			<-release
		}
		return nil
	}})
	slow, quick := s.visitor(), s.visitor()
	slow.MustSubscribe("garden.open")
	done := make(chan error, 1)
	go func() { done <- slow.Emit("garden.ping", Ping{N: 0}) }()
	<-started

	if err := quick.Emit("garden.ping", Ping{N: 1}); err != nil {
		t.Errorf("the other socket: %v", err)
	}
	broadcast(t, s.hub, 5)
	if n := realtimetest.Next(slow, openChannel).Payload.N; n != 5 {
		t.Errorf("the slow socket received %d, want 5", n)
	}

	close(release)
	if err := <-done; err != nil {
		t.Errorf("the slow socket: %v", err)
	}
}

func TestInbound_handlesMessagesOfASocketInOrder(t *testing.T) {
	t.Parallel()
	var order []int64 // without a lock, to let the race detector check
	s := open(t, garden{onPing: func(_ context.Context, ping Ping, _ realtime.Caller) error {
		order = append(order, ping.N)
		return nil
	}})
	client := s.visitor()
	for n := range 100 {
		if err := client.Write(`42["garden.ping",{"n":` + strconv.Itoa(n) + `}]`); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.Emit("garden.ping", Ping{N: 100}); err != nil {
		t.Fatal(err)
	}
	for n, got := range order {
		if int64(n) != got {
			t.Fatalf("order %v", order)
		}
	}
	if len(order) != 101 {
		t.Errorf("%d messages arrived, want 101", len(order))
	}
}

func TestInbound_cancelsTheContextWithTheSocket(t *testing.T) {
	t.Parallel()
	started := make(chan error, 1)
	ended := make(chan error, 1)
	s := open(t, garden{onPing: func(ctx context.Context, _ Ping, _ realtime.Caller) error {
		started <- ctx.Err()
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	}})
	client := s.visitor()
	if err := client.Write(`42["garden.ping",{"n":1}]`); err != nil {
		t.Fatal(err)
	}
	if err := <-started; err != nil {
		t.Errorf("the handler's context ended too early: %v", err)
	}

	client.Close()

	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("context ended with %v", err)
	}
	eventually(t, "the socket is closed", func() bool { return s.hub.Stats().Sockets == 0 })
	if n := len(s.reports.all()); n != 0 {
		t.Errorf("%d reports about a client that left", n)
	}
}
