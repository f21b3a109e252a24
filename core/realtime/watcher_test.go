package realtime_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

var _ auth.Watcher = (*realtime.Hub)(nil)

func TestSessionEnded_closesTheSocketsOfThatSessionOnly(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	laptop, phone := s.sessions.signIn("laptop", "ada"), s.sessions.signIn("phone", "ada")
	tabs := []*realtimetest.Client{s.dial(laptop), s.dial(laptop)}
	other, visitor := s.dial(phone), s.visitor()
	for _, client := range append(tabs, other, visitor) {
		client.MustSubscribe("garden.open")
	}
	broadcast(t, s.hub, 1)

	s.hub.SessionEnded(t.Context(), "laptop")
	broadcast(t, s.hub, 2)

	for _, tab := range tabs {
		if n := realtimetest.Next(tab, openChannel).Payload.N; n != 1 {
			t.Errorf("received %d, want 1", n)
		}
		tab.WaitClosed(realtime.ClosedSessionEnded)
		tab.ExpectNothing("garden.open")
	}
	for _, client := range []*realtimetest.Client{other, visitor} {
		realtimetest.Next(client, openChannel)
		if n := realtimetest.Next(client, openChannel).Payload.N; n != 2 {
			t.Errorf("another socket received %d, want 2", n)
		}
	}
	if n := s.hub.Stats().Sockets; n != 2 {
		t.Errorf("%d sockets are left, want 2", n)
	}
}

func TestUserSignedOut_closesAllSocketsOfTheUser(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	laptop, phone := s.dial(s.sessions.signIn("laptop", "ada")), s.dial(s.sessions.signIn("phone", "ada"))
	grace := s.dial(s.sessions.signIn("s3", "grace"))

	s.hub.UserSignedOut(t.Context(), "ada")

	laptop.WaitClosed(realtime.ClosedSessionEnded)
	phone.WaitClosed(realtime.ClosedSessionEnded)
	grace.MustSubscribe("garden.members")
}

// A client that reconnects is authenticated again, because notifications may be missing.
func TestReconnect_closesEverySocketForARestart(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	ada, visitor := s.dial(s.sessions.signIn("s1", "ada")), s.visitor()

	s.hub.Reconnect()

	ada.WaitClosed(realtime.ClosedRestart)
	visitor.WaitClosed(realtime.ClosedRestart)
	s.visitor().MustSubscribe("garden.open")
}

func TestReconnectUser_closesTheSocketsOfOneUser(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	ada, grace := s.dial(s.sessions.signIn("s1", "ada")), s.dial(s.sessions.signIn("s2", "grace"))

	s.hub.ReconnectUser("ada")

	ada.WaitClosed(realtime.ClosedRestart)
	grace.MustSubscribe("garden.members")
}

func TestReconnect_duringTheHandshake(t *testing.T) {
	t.Parallel()
	for name, reconnect := range map[string]func(*realtime.Hub){
		"every user": func(h *realtime.Hub) { h.Reconnect() },
		"the user":   func(h *realtime.Hub) { h.ReconnectUser("ada") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testReconnectDuringTheHandshake(t, reconnect)
		})
	}
}

func testReconnectDuringTheHandshake(t *testing.T, reconnect func(*realtime.Hub)) {
	t.Helper()
	s := open(t, garden{})
	header := s.sessions.signIn("s1", "ada")
	s.sessions.onRequest = func(*http.Request) { reconnect(s.hub) }

	rejected := realtimetest.DialRejected(t, s.URL, header)

	if rejected.Code != "unavailable" {
		t.Errorf("got %+v, want unavailable, after which clients retry", rejected)
	}
}

func TestRolesChanged_removesSubscriptionsOfLostRoles(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	client := s.dial(s.sessions.signIn("s1", "ada", "reader", "editor"))
	client.MustSubscribe("garden.desk", "garden.members", "garden.mine.ada")

	s.hub.RolesChanged(t.Context(), "ada", []string{"reader"})
	for _, channel := range []realtime.Channel[Note]{deskChannel, membersChannel} {
		if err := channel.Broadcast(t.Context(), s.hub, Note{Text: "later"}); err != nil {
			t.Fatal(err)
		}
	}

	if rejection := client.WaitUnsubscribed("garden.desk"); rejection.Code != "forbidden" {
		t.Errorf("unsubscribed with %+v, want forbidden", rejection)
	}
	realtimetest.Next(client, membersChannel)
	client.ExpectNothing("garden.desk")
	if code := codeOf(t, client.Subscribe("garden.desk")); code != "forbidden" {
		t.Errorf("subscribing again: code %q, want forbidden", code)
	}
	if code := codeOf(t, client.Emit("garden.desk", Note{Text: "x"})); code != "forbidden" {
		t.Errorf("sending: code %q, want forbidden", code)
	}

	s.hub.RolesChanged(t.Context(), "ada", []string{"reader", "editor"})

	if err := client.Emit("garden.desk", Note{Text: "x"}); err != nil {
		t.Errorf("sending after the role was granted again: %v", err)
	}
	client.MustSubscribe("garden.desk")
}

func TestRolesChanged_callsAuthorizersAgain(t *testing.T) {
	t.Parallel()
	s := open(t, garden{mayBed: func(_ context.Context, caller realtime.Caller) error {
		if caller.Param("bedId") == "secret" && !caller.HasRole("gardener") {
			return fault.Forbidden.New("Gardeners only.")
		}
		return nil
	}})
	client := s.dial(s.sessions.signIn("s1", "ada", "gardener"))
	client.MustSubscribe("garden.bed.secret", "garden.bed.roses")

	s.hub.RolesChanged(t.Context(), "ada", nil)

	if rejection := client.WaitUnsubscribed("garden.bed.secret"); rejection.Message != "Gardeners only." {
		t.Errorf("unsubscribed with %+v", rejection)
	}
	eventually(t, "one topic is left", func() bool {
		left := s.hub.Stats().Subscriptions
		return len(left) == 1 && left["garden.bed.roses"] == 1
	})
}

// An authorizer that fails denies access.
func TestRolesChanged_failsClosed(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	result := error(nil)
	s := open(t, garden{mayBed: func(context.Context, realtime.Caller) error {
		mu.Lock()
		defer mu.Unlock()
		return result
	}})
	client := s.dial(s.sessions.signIn("s1", "ada"))
	client.MustSubscribe("garden.bed.roses")
	mu.Lock()
	result = errors.New("the database is down")
	mu.Unlock()

	s.hub.RolesChanged(t.Context(), "ada", []string{"reader"})

	if rejection := client.WaitUnsubscribed("garden.bed.roses"); rejection.Code != "internal" {
		t.Errorf("unsubscribed with %+v", rejection)
	}
	if n := len(s.reports.all()); n != 1 {
		t.Errorf("%d reports, want 1", n)
	}
}

// A role that is revoked while the authorizer runs gives no access.
func TestRolesChanged_duringASubscription(t *testing.T) {
	t.Parallel()
	called, proceed := make(chan realtime.Caller, 2), make(chan struct{}, 2)
	s := open(t, garden{mayBed: func(_ context.Context, caller realtime.Caller) error {
		called <- caller
		<-proceed
		if !caller.HasRole("gardener") {
			return fault.Forbidden.New("Gardeners only.")
		}
		return nil
	}})
	client := s.dial(s.sessions.signIn("s1", "ada", "gardener"))
	subscribed := make(chan error, 1)
	go func() { subscribed <- client.Subscribe("garden.bed.roses") }()
	<-called

	s.hub.RolesChanged(t.Context(), "ada", nil)
	proceed <- struct{}{}
	proceed <- struct{}{}

	if err := <-subscribed; !errors.Is(err, fault.Forbidden) {
		t.Errorf("subscribe: %v, want forbidden", err)
	}
}

func TestExpiry_closesTheSocketOnTime(t *testing.T) {
	t.Parallel()
	const lifetime = 300 * time.Millisecond
	clock := newClock() // does not move, so that the session does not expire early on a slow machine
	s := open(t, garden{}, clock.option)
	header := s.sessions.signInUntil("s1", "ada", clock.now.Add(lifetime))
	began := time.Now()
	client := s.dial(header)
	_ = client.Subscribe("garden.members")

	client.WaitClosed(realtime.ClosedExpired)

	if took := time.Since(began); took < lifetime {
		t.Errorf("closed after %v, too early", took)
	}
	if n := len(s.hub.Stats().Subscriptions); n != 0 {
		t.Errorf("%d topics are left", n)
	}
}

// A session that ends during the handshake leaves no socket: it is valid when the
// authenticator reads it, and has ended when it returns.
func TestSessionEnded_duringTheHandshake(t *testing.T) {
	t.Parallel()
	ends := map[string]func(*realtime.Hub){
		"session ended":   func(h *realtime.Hub) { h.SessionEnded(t.Context(), "s1") },
		"user signed out": func(h *realtime.Hub) { h.UserSignedOut(t.Context(), "ada") },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, garden{})
			header := s.sessions.signIn("s1", "ada")
			s.sessions.onRequest = func(*http.Request) { end(s.hub) }

			rejected := realtimetest.DialRejected(t, s.URL, header)

			if rejected.Code != "unauthenticated" {
				t.Errorf("got %+v, want unauthenticated", rejected)
			}
			if n := s.hub.Stats().Sockets; n != 0 {
				t.Errorf("%d sockets in the hub", n)
			}
		})
	}
}

func TestRolesChanged_duringTheHandshake(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	header := s.sessions.signIn("s1", "ada", "editor")
	s.sessions.onRequest = func(*http.Request) { s.hub.RolesChanged(t.Context(), "ada", []string{"reader"}) }

	client := s.dial(header)

	if code := codeOf(t, client.Subscribe("garden.desk")); code != "forbidden" {
		t.Errorf("code %q, want forbidden", code)
	}
}

// A connection ends when the user signs out, at any moment. Each round ends a session
// while its socket is connecting.
func TestSessionEnded_atAnyMoment(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	var wg sync.WaitGroup
	for n := range 40 {
		session := "s" + strconv.Itoa(n)
		header := s.sessions.signIn(session, "ada")
		wg.Go(func() {
			client, err := realtimetest.TryDial(t, s.URL, header)
			if errors.Is(err, fault.Unauthenticated) {
				return
			}
			if err != nil {
				t.Errorf("dial: %v", err)
				return
			}
			if err := client.WaitEnd(); !errors.Is(err, realtimetest.ErrDisconnected) {
				t.Errorf("the connection ended with %v", err)
			}
		})
		wg.Go(func() {
			for range n * 100 { // a different moment in each round
				runtime.Gosched()
			}
			s.sessions.end(session)
			s.hub.SessionEnded(context.Background(), session)
		})
	}
	wg.Wait()
	eventually(t, "no socket is left", func() bool { return s.hub.Stats().Sockets == 0 })
}
