package realtime_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

func TestGate1_acceptsItsOwnHostAndListedOrigins(t *testing.T) {
	t.Parallel()
	s := open(t, garden{}, func(o *realtime.Options) {
		o.Origins = []string{"", "https://Example.com", "http://localhost:8080/"}
	})
	host := strings.TrimPrefix(s.URL, "http://")
	tests := map[string]struct {
		origins []string
		allowed bool
	}{
		"no Origin header":               {nil, true},
		"the host itself":                {[]string{"http://" + host}, true},
		"the host itself behind TLS":     {[]string{"https://" + host}, true},
		"a listed origin":                {[]string{"https://example.com"}, true},
		"a listed origin with its port":  {[]string{"https://EXAMPLE.com:443"}, true},
		"another listed origin":          {[]string{"http://localhost:8080"}, true},
		"a foreign origin":               {[]string{"https://evil.example"}, false},
		"a listed host, another scheme":  {[]string{"http://example.com"}, false},
		"a listed host, another port":    {[]string{"https://example.com:8443"}, false},
		"a host with the same suffix":    {[]string{"https://notexample.com"}, false},
		"a host with the same prefix":    {[]string{"https://example.com.evil.example"}, false},
		"the server's host as user name": {[]string{"http://" + host + "@evil.example"}, false},
		"an opaque origin":               {[]string{"null"}, false},
		"an empty origin":                {[]string{""}, false},
		"two origins, one valid":         {[]string{"http://" + host, "https://evil.example"}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := s.sessions.signIn(name, "ada")
			for _, origin := range test.origins {
				header.Add("Origin", origin)
			}

			client, err := realtimetest.TryDial(t, s.URL, header)

			if test.allowed != (err == nil) {
				t.Fatalf("dial: %v, want allowed %v", err, test.allowed)
			}
			if err == nil {
				client.MustSubscribe("garden.members")
				return
			}
			rejected, ok := errors.AsType[*realtimetest.RejectedError](err)
			if !ok || rejected.Status != http.StatusForbidden || rejected.Code != "forbidden" {
				t.Errorf("got %v, want 403 forbidden at the handshake", err)
			}
		})
	}
}

func TestNewServer_rejectsInvalidOrigins(t *testing.T) {
	t.Parallel()
	for _, origin := range []string{"*", "example.com", "ftp://example.com", "https://"} {
		_, err := realtime.NewServer(realtime.NewHub(nil), nil, nil, realtime.Options{Origins: []string{origin}})
		if err == nil || !strings.Contains(err.Error(), "https://example.com") {
			t.Errorf("origin %q: error %v, want one with a valid example", origin, err)
		}
	}
}

func TestGate1_identifiesTheUser(t *testing.T) {
	t.Parallel()
	callers := make(chan realtime.Caller, 1)
	s := open(t, garden{onPing: func(_ context.Context, _ Ping, caller realtime.Caller) error {
		callers <- caller
		return nil
	}})

	t.Run("a visitor without a cookie", func(t *testing.T) {
		client := s.visitor()
		if err := client.Emit("garden.ping", Ping{}); err != nil {
			t.Fatal(err)
		}
		if caller := <-callers; caller.SignedIn() || caller.SessionID != "" || caller.SocketID != client.ID() {
			t.Errorf("caller %+v, want a visitor on socket %s", caller, client.ID())
		}
	})
	t.Run("a user with a session", func(t *testing.T) {
		client := s.dial(s.sessions.signIn("s1", "ada", "reader", "editor"))
		if err := client.Emit("garden.ping", Ping{}); err != nil {
			t.Fatal(err)
		}
		caller := <-callers
		if caller.UserID != "ada" || caller.SessionID != "s1" || !caller.HasRole("editor") || caller.HasRole("admin") || caller.SocketID != client.ID() {
			t.Errorf("caller %+v", caller)
		}
	})
}

func TestGate1_rejectsAnInvalidOrExpiredSession(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	for name, header := range map[string]http.Header{
		"bad":     {"Cookie": {"session=unknown"}},
		"expired": s.sessions.signInUntil("old", "ada", time.Now().Add(-time.Second)),
	} {
		rejected := realtimetest.DialRejected(t, s.URL, header)
		if rejected.Status != 0 || rejected.Code != "unauthenticated" || rejected.Message == "" {
			t.Errorf("%s session: got %+v, want connect_error unauthenticated", name, rejected)
		}
	}
	eventually(t, "rejected connections are counted", func() bool { return s.hub.Stats().Rejections["connection"] == 2 })
	if n := s.hub.Stats().Sockets; n != 0 {
		t.Errorf("%d sockets in the hub, want none", n)
	}
}

func TestGate1_reportsAFailingAuthenticator(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer   func() (realtime.Identity, error)
		code     string
		reported int
	}{
		"a database outage": {func() (realtime.Identity, error) {
			return realtime.Identity{}, fault.Unavailable.New("No database.")
		}, "unavailable", 0},
		"an internal error":        {func() (realtime.Identity, error) { return realtime.Identity{}, errors.New("secret") }, "internal", 1},
		"a panic":                  {func() (realtime.Identity, error) { panic("secret") }, "internal", 1},
		"a user without a session": {func() (realtime.Identity, error) { return realtime.Identity{UserID: "ada"}, nil }, "internal", 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := openWith(t, realtime.Authenticator(func(*http.Request) (realtime.Identity, error) { return test.answer() }))

			rejected := realtimetest.DialRejected(t, site.URL, nil)

			if rejected.Code != test.code || strings.Contains(rejected.Message, "secret") {
				t.Errorf("got %+v, want code %s and no secret", rejected, test.code)
			}
			if n := len(site.reports.all()); n != test.reported {
				t.Errorf("%d reports, want %d", n, test.reported)
			}
		})
	}
}

func TestGate1_givesTheAuthenticatorALiveRequest(t *testing.T) {
	t.Parallel()
	site := openWith(t, realtime.Authenticator(func(r *http.Request) (realtime.Identity, error) {
		if err := r.Context().Err(); err != nil {
			return realtime.Identity{}, err
		}
		if _, limited := r.Context().Deadline(); !limited || r.Header.Get("X-Seen") != "yes" {
			return realtime.Identity{}, errors.New("not the request")
		}
		return realtime.Identity{}, nil
	}))
	site.dial(http.Header{"X-Seen": {"yes"}})
}

func TestGate1_acceptsOnlySocketIOOverAWebsocket(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	for _, query := range []string{
		"", "?EIO=3&transport=polling", "?EIO=4&transport=websocket", "?EIO=3&transport=websocket", "?EIO=4&transport=websocket&sid=x",
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/socket.io/"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: status %d, want 400", query, response.StatusCode)
		}
	}
}
