package realtime_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

type Note struct {
	Text string `json:"text" validate:"required,max=20"`
	N    int    `json:"n"`
}

type Ping struct {
	N int64 `json:"n"`
}

var (
	openChannel    = realtime.DefineChannel[Note]("garden.open", realtime.Public)
	membersChannel = realtime.DefineChannel[Note]("garden.members")
	deskChannel    = realtime.DefineChannel[Note]("garden.desk", realtime.Role("editor"))
	mineChannel    = realtime.DefineUserChannel[Note]("garden.mine.{userId}")
	bedChannel     = realtime.DefineKeyedChannel[Note]("garden.bed.{bedId}", realtime.Public)
	roomChannel    = realtime.DefineKeyedChannel[Note]("garden.room.{roomId}.talk")
	pingChannel    = realtime.DefineChannel[Ping]("garden.ping", realtime.Public)
	pongChannel    = realtime.DefineUserChannel[Ping]("garden.pong.{userId}")
)

// garden is a feature with a channel of every kind. Tests set its handlers.
type garden struct {
	onNote func(context.Context, Note, realtime.Caller) error
	onPing func(context.Context, Ping, realtime.Caller) error
	mayBed func(context.Context, realtime.Caller) error
}

func (g garden) manifest() feature.Manifest {
	if g.onNote == nil {
		g.onNote = func(context.Context, Note, realtime.Caller) error { return nil }
	}
	if g.onPing == nil {
		g.onPing = func(context.Context, Ping, realtime.Caller) error { return nil }
	}
	if g.mayBed == nil {
		g.mayBed = func(context.Context, realtime.Caller) error { return nil }
	}
	return feature.Manifest{
		Name: "garden",
		Parts: []feature.Part{
			realtime.Channels{
				openChannel,
				membersChannel.Handle(g.onNote),
				deskChannel.Handle(g.onNote),
				mineChannel.Handle(g.onNote),
				bedChannel.Authorize(g.mayBed).Handle(g.onNote),
				roomChannel.Authorize(allow),
				pingChannel.Handle(g.onPing),
				pongChannel,
			},
		},
	}
}

// sessions is an Authenticator that uses a cookie with the session's id.
type sessions struct {
	mu         sync.Mutex
	identities map[string]realtime.Identity
	onRequest  func(*http.Request) // called before authenticate returns
}

func (s *sessions) authenticate(r *http.Request) (realtime.Identity, error) {
	cookie, err := r.Cookie("session")
	if err != nil {
		return realtime.Identity{}, nil
	}
	s.mu.Lock()
	identity, known := s.identities[cookie.Value]
	onRequest := s.onRequest
	s.mu.Unlock()
	if onRequest != nil {
		onRequest(r)
	}
	if !known {
		return realtime.Identity{}, fault.Unauthenticated.New("This session has ended.")
	}
	return identity, nil
}

// signIn starts a session and returns its request header.
func (s *sessions) signIn(session, user string, roles ...string) http.Header {
	return s.signInUntil(session, user, time.Time{}, roles...)
}

func (s *sessions) signInUntil(session, user string, until time.Time, roles ...string) http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.identities[session] = realtime.Identity{UserID: user, SessionID: session, Roles: roles, ExpiresAt: until}
	return http.Header{"Cookie": {"session=" + session}}
}

func (s *sessions) end(session string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.identities, session)
}

// site is a running server.
type site struct {
	t        testing.TB
	URL      string
	hub      *realtime.Hub
	server   *realtime.Server
	sessions *sessions
	reports  *reports
}

func (s *site) visitor() *realtimetest.Client { return s.dial(nil) }

func (s *site) dial(header http.Header) *realtimetest.Client {
	s.t.Helper()
	return realtimetest.Dial(s.t, s.URL, header)
}

// reports is a Reporter that records errors.
type reports struct {
	mu   sync.Mutex
	errs []error
}

func (r *reports) Report(_ context.Context, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs = append(r.errs, err)
}

func (r *reports) all() []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]error(nil), r.errs...)
}

func open(t testing.TB, g garden, options ...func(*realtime.Options)) *site {
	t.Helper()
	s := &site{
		t:        t,
		hub:      realtime.NewHub(slog.New(slog.DiscardHandler)),
		sessions: &sessions{identities: map[string]realtime.Identity{}},
		reports:  &reports{},
	}
	opts := realtime.Options{Reporter: s.reports, Limits: realtime.Limits{SocketsPerAddress: -1}}
	for _, change := range options {
		change(&opts)
	}
	server, err := realtime.NewServer(s.hub, s.sessions.authenticate, []feature.Manifest{g.manifest()}, opts)
	if err != nil {
		t.Fatal(err)
	}
	s.serve(server)
	return s
}

func limits(change func(*realtime.Limits)) func(*realtime.Options) {
	return func(o *realtime.Options) { change(&o.Limits) }
}

// eventually waits until a condition is true.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting until %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func broadcast(t testing.TB, hub realtime.Broadcaster, n int) {
	t.Helper()
	if err := openChannel.Broadcast(t.Context(), hub, Note{Text: "hello", N: n}); err != nil {
		t.Fatal(err)
	}
}

// openWith runs a server with another authenticator.
func openWith(t testing.TB, authn realtime.Authenticator) *site {
	t.Helper()
	s := &site{t: t, hub: realtime.NewHub(nil), reports: &reports{}}
	server, err := realtime.NewServer(s.hub, authn, []feature.Manifest{garden{}.manifest()}, realtime.Options{Reporter: s.reports})
	if err != nil {
		t.Fatal(err)
	}
	s.serve(server)
	return s
}

func (s *site) serve(server *realtime.Server) {
	s.t.Helper()
	if err := server.Start(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	s.server = server
	listener := httptest.NewServer(server)
	s.URL = listener.URL
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := server.Stop(ctx); err != nil {
			s.t.Errorf("stop: %v", err)
		}
		listener.Close()
	})
}
