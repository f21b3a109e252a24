package realtime_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

type Guests struct {
	Count int      `json:"count"`
	Notes []string `json:"notes"`
}

type Visit struct {
	Room  string `json:"room"`
	Note  string `json:"note"`
	Leave bool   `json:"leave,omitempty"`
}

var (
	visitChannel  = realtime.DefineChannel[Visit]("meadow.visit", realtime.Public)
	benchChannel  = realtime.DefineKeyedChannel[Guests]("meadow.bench.{benchId}.guests", realtime.Public)
	officeChannel = realtime.DefineChannel[Guests]("meadow.office", realtime.Role("editor"))

	benchPresence  = realtime.DefineKeyedPresence(benchChannel, whoIsHere, realtime.PublishEvery(20*time.Millisecond))
	officePresence = realtime.DefinePresence(officeChannel, whoIsHere, realtime.PublishEvery(20*time.Millisecond))
)

// whoIsHere returns the number of users and the notes of their connections.
func whoIsHere(here realtime.Present[string]) Guests {
	state := Guests{Count: here.Count()}
	for _, member := range here.List() {
		state.Notes = append(state.Notes, member.Connections...)
	}
	return state
}

// meadow is a feature with benches for everyone and an office for editors.
type meadow struct {
	*site
	mu     sync.Mutex
	closed map[string]bool // benches
}

func openMeadow(t testing.TB, change ...func(*realtime.Options)) *meadow {
	t.Helper()
	m := &meadow{closed: map[string]bool{}, site: &site{
		t:        t,
		hub:      realtime.NewHub(slog.New(slog.DiscardHandler)),
		sessions: &sessions{identities: map[string]realtime.Identity{}},
		reports:  &reports{},
	}}
	opts := realtime.Options{Reporter: m.reports, Limits: realtime.Limits{SocketsPerAddress: -1}}
	for _, c := range change {
		c(&opts)
	}
	server, err := realtime.NewServer(m.hub, m.sessions.authenticate, []feature.Manifest{m.manifest()}, opts)
	if err != nil {
		t.Fatal(err)
	}
	m.serve(server)
	return m
}

func (m *meadow) manifest() feature.Manifest {
	return feature.Manifest{Name: "meadow", Parts: []feature.Part{
		realtime.Channels{
			visitChannel.Handle(m.onVisit),
			benchChannel.Authorize(m.maySit).Presence(benchPresence),
			officeChannel.Presence(officePresence),
		},
	}}
}

func (m *meadow) onVisit(ctx context.Context, visit Visit, caller realtime.Caller) error {
	place := officePresence
	if visit.Room != "office" {
		place = benchPresence.For(visit.Room)
	}
	if visit.Leave {
		place.Untrack(ctx, m.hub, caller)
		return nil
	}
	return place.Track(ctx, m.hub, caller, visit.Note)
}

func (m *meadow) maySit(_ context.Context, caller realtime.Caller) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed[caller.Param("benchId")] {
		return fault.NotFound.New("There is no such bench.")
	}
	return nil
}

func (m *meadow) close(bench string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed[bench] = true
}

// visit opens a tab that is present in a room.
func (m *meadow) visit(header http.Header, room, note string) *realtimetest.Client {
	m.t.Helper()
	client := m.dial(header)
	m.send(client, Visit{Room: room, Note: note})
	return client
}

func (m *meadow) send(client *realtimetest.Client, visit Visit) {
	m.t.Helper()
	if err := client.Emit("meadow.visit", visit); err != nil {
		m.t.Fatalf("visit %s: %v", visit.Room, err)
	}
}

// subscribe opens a tab that subscribes to a topic but is not present.
func (m *meadow) subscribe(header http.Header, topic string) *realtimetest.Client {
	m.t.Helper()
	client := m.dial(header)
	client.MustSubscribe(topic)
	return client
}

// wantState waits until the client gets a state with this count.
func wantState(t testing.TB, client *realtimetest.Client, source realtime.Source[Guests], count int) Guests {
	t.Helper()
	for {
		if state := realtimetest.Next(client, source).Payload; state.Count == count {
			return state
		}
	}
}

func wantCount(t testing.TB, place realtime.Presence[string, Guests], tracker realtime.Tracker, want int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d are present", want), func() bool { return place.Count(tracker) == want })
}

func TestPresence_countsAUserOnceAndEachConnectionOfAVisitor(t *testing.T) {
	t.Parallel()
	m := openMeadow(t)
	elm := benchPresence.For("elm")
	ada := m.sessions.signIn("s1", "ada")
	watcher := m.subscribe(nil, "meadow.bench.elm.guests")
	if state := realtimetest.Next(watcher, benchChannel.For("elm")); state.Payload.Count != 0 {
		t.Errorf("the state of an empty bench is %v", state.Payload)
	}

	first := m.visit(ada, "elm", "first tab")
	m.visit(ada, "elm", "second tab")
	m.visit(nil, "elm", "a visitor")
	m.visit(nil, "elm", "another")

	state := wantState(t, watcher, benchChannel.For("elm"), 3)
	if got := strings.Join(state.Notes, ", "); got != "first tab, second tab, a visitor, another" {
		t.Errorf("the notes are %s", got)
	}
	who := m.hub.Present("meadow.bench.elm.guests")
	if who.Users != 1 || who.Visitors != 2 || who.Connections != 4 {
		t.Errorf("got %d users, %d visitors and %d connections, want 1, 2 and 4", who.Users, who.Visitors, who.Connections)
	}
	members := elm.List(m.hub)
	if len(members) != 3 || members[0].UserID != "ada" || len(members[0].Connections) != 2 || members[1].UserID != "" {
		t.Errorf("members %+v", members)
	}
	if elsewhere := benchPresence.For("oak").Count(m.hub); elsewhere != 0 {
		t.Errorf("%d on another bench, want none", elsewhere)
	}

	first.Disconnect()
	eventually(t, "the tab is closed", func() bool { return m.hub.Present("meadow.bench.elm.guests").Connections == 3 })
	if got := elm.Count(m.hub); got != 3 {
		t.Errorf("%d are present after one of two tabs was closed, want 3", got)
	}
}

func TestPresence_endsWithTheSocket(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*meadow, *realtimetest.Client){
		"the tab is closed":        func(_ *meadow, client *realtimetest.Client) { client.Disconnect() },
		"the connection is lost":   func(_ *meadow, client *realtimetest.Client) { client.Close() },
		"the session ends":         func(m *meadow, _ *realtimetest.Client) { m.hub.SessionEnded(t.Context(), "s1") },
		"the user is signed out":   func(m *meadow, _ *realtimetest.Client) { m.hub.UserSignedOut(t.Context(), "ada") },
		"it leaves":                func(m *meadow, client *realtimetest.Client) { m.send(client, Visit{Room: "elm", Leave: true}) },
		"the client sends garbage": func(_ *meadow, client *realtimetest.Client) { _ = client.Write("nonsense") },
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := openMeadow(t)
			watcher := m.subscribe(nil, "meadow.bench.elm.guests")
			client := m.visit(m.sessions.signIn("s1", "ada"), "elm", "")
			wantState(t, watcher, benchChannel.For("elm"), 1)

			end(m, client)

			wantState(t, watcher, benchChannel.For("elm"), 0)
		})
	}
}

func TestPresence_endsWhenTheSessionExpires(t *testing.T) {
	t.Parallel()
	m := openMeadow(t)
	watcher := m.subscribe(nil, "meadow.bench.elm.guests")
	client := m.visit(m.sessions.signInUntil("s1", "ada", time.Now().Add(time.Second)), "elm", "")

	client.WaitClosed(realtime.ClosedExpired)

	wantState(t, watcher, benchChannel.For("elm"), 0)
}

func TestPresence_endsWithTheRole(t *testing.T) {
	t.Parallel()
	m := openMeadow(t)
	client := m.visit(m.sessions.signIn("s1", "ada", "editor"), "office", "at work")
	m.send(client, Visit{Room: "elm"})
	wantCount(t, officePresence, m.hub, 1)

	m.hub.RolesChanged(t.Context(), "ada", nil)

	if got := officePresence.Count(m.hub); got != 0 {
		t.Errorf("%d are in the office after the role was revoked, want none", got)
	}
	if got := benchPresence.For("elm").Count(m.hub); got != 1 {
		t.Errorf("%d are on the bench, which needs no role, want 1", got)
	}
}

func TestRecheck_endsThePresenceOfCallersWithoutAccess(t *testing.T) {
	t.Parallel()
	m := openMeadow(t)
	hearing := m.subscribe(nil, "meadow.bench.elm.guests")
	m.visit(nil, "elm", "silent")
	elsewhere := m.visit(nil, "oak", "")
	elsewhere.MustSubscribe("meadow.bench.oak.guests")
	wantState(t, hearing, benchChannel.For("elm"), 1)
	m.close("elm")

	benchChannel.For("elm").Recheck(t.Context(), m.hub)

	if rejection := hearing.WaitUnsubscribed("meadow.bench.elm.guests"); !errors.Is(rejection, fault.NotFound) {
		t.Errorf("unsubscribed with %v, want not_found", rejection)
	}
	wantCount(t, benchPresence.For("elm"), m.hub, 0)
	if got := benchPresence.For("oak").Count(m.hub); got != 1 {
		t.Errorf("%d are on the other bench, want 1", got)
	}
	hearing.ExpectNothing("meadow.bench.elm.guests")
}

func TestTrack_isRejectedLikeASubscription(t *testing.T) {
	t.Parallel()
	m := openMeadow(t, limits(func(l *realtime.Limits) { l.SubscriptionsPerSocket = 2 }))
	m.close("elm")
	visitor, reader := m.visitor(), m.dial(m.sessions.signIn("s1", "grace", "reader"))
	many := m.visit(nil, "oak", "")
	m.send(many, Visit{Room: "ash"})
	m.send(many, Visit{Room: "oak", Note: "the same place again"})

	tests := map[string]struct {
		client *realtimetest.Client
		room   string
		want   fault.Kind
	}{
		"a visitor without the role": {visitor, "office", fault.Unauthenticated},
		"a user without the role":    {reader, "office", fault.Forbidden},
		"rejected by the authorizer": {reader, "elm", fault.NotFound},
		"too many topics":            {many, "yew", fault.TooMany},
		"an invalid topic":           {reader, "with space", fault.Internal},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := test.client.Emit("meadow.visit", Visit{Room: test.room}); !errors.Is(err, test.want) {
				t.Errorf("rejected with %v, want %s", err, test.want)
			}
		})
	}
	if got := officePresence.Count(m.hub); got != 0 {
		t.Errorf("%d are in the office, want none", got)
	}
}

func TestTrack_requiresAConnectionOfThisHub(t *testing.T) {
	t.Parallel()
	m := openMeadow(t)

	err := officePresence.Track(t.Context(), m.hub, realtime.Caller{UserID: "ada", SocketID: "made up", Roles: []string{"editor"}}, "")

	if fault.KindOf(err) != fault.Unavailable {
		t.Errorf("tracked a caller without a connection: %v", err)
	}
	officePresence.Untrack(t.Context(), m.hub, realtime.Caller{SocketID: "made up"})
}

func TestTrack_replacesTheMetadata(t *testing.T) {
	t.Parallel()
	m := openMeadow(t)
	client := m.visit(nil, "elm", "early")
	m.visit(nil, "elm", "late")

	m.send(client, Visit{Room: "elm", Note: "changed"})

	var notes []string
	for _, member := range benchPresence.For("elm").List(m.hub) {
		notes = append(notes, member.Connections...)
	}
	if got := strings.Join(notes, ", "); got != "changed, late" {
		t.Errorf("notes %s, want changed, late", got)
	}
}

func TestPresence_sendsTheStateToNewSubscribers(t *testing.T) {
	t.Parallel()
	m := openMeadow(t)
	m.visit(nil, "elm", "")
	m.visit(nil, "elm", "")
	first := m.subscribe(nil, "meadow.bench.elm.guests")
	wantState(t, first, benchChannel.For("elm"), 2)

	second := m.subscribe(nil, "meadow.bench.elm.guests")

	if state := realtimetest.Next(second, benchChannel.For("elm")).Payload; state.Count != 2 {
		t.Errorf("a new subscriber got the count %d, want 2", state.Count)
	}
}

func TestPresence_reportsErrorsOfItsState(t *testing.T) {
	t.Parallel()
	channel := realtime.DefineChannel[Note]("yard.guests", realtime.Public)
	tests := map[string]func(realtime.Present[string]) Note{
		"a panic":            func(realtime.Present[string]) Note { panic("boom") },
		"an invalid payload": func(realtime.Present[string]) Note { return Note{} },
	}
	for name, state := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &site{t: t, hub: realtime.NewHub(nil), sessions: &sessions{}, reports: &reports{}}
			manifest := feature.Manifest{Name: "yard", Parts: []feature.Part{
				realtime.Channels{channel.Presence(realtime.DefinePresence(channel, state))},
			}}
			server, err := realtime.NewServer(s.hub, s.sessions.authenticate, []feature.Manifest{manifest}, realtime.Options{Reporter: s.reports})
			if err != nil {
				t.Fatal(err)
			}
			s.serve(server)
			client := s.visitor()

			client.MustSubscribe("yard.guests")

			client.ExpectNothing("yard.guests")
			if got := len(s.reports.all()); got != 1 {
				t.Errorf("%d reports, want 1", got)
			}
		})
	}
}

func TestNewServer_rejectsInvalidPresences(t *testing.T) {
	t.Parallel()
	channel, other := realtime.DefineChannel[Guests]("yard.guests"), realtime.DefineChannel[Guests]("yard.others")
	count := func(here realtime.Present[string]) Guests { return Guests{Count: here.Count()} }
	presence := realtime.DefinePresence(channel, count)
	tests := map[string]struct {
		entry realtime.AnyChannel
		want  string
	}{
		"defined for another channel": {other.Presence(presence), `defined for channel "yard.guests"`},
		"two on one channel":          {channel.Presence(presence).Presence(presence), "two presences"},
		"without a state":             {channel.Presence(realtime.DefinePresence[string](channel, nil)), "needs a state function"},
		"without an interval":         {channel.Presence(realtime.DefinePresence(channel, count, realtime.PublishEvery(0))), "PublishEvery"},
		"not defined":                 {channel.Presence(realtime.Presence[string, Guests]{}), "not created with Define"},
		"nil":                         {channel.Presence(nil), "nil"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			manifest := feature.Manifest{Name: "yard", Parts: []feature.Part{realtime.Channels{test.entry}}}
			_, err := realtime.NewServer(realtime.NewHub(nil), (&sessions{}).authenticate, []feature.Manifest{manifest}, realtime.Options{})
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "features/yard/yard.go") {
				t.Errorf("got %v, want one about %q and the file to fix", err, test.want)
			}
		})
	}
}

func TestPresence_countsHundredsOfConcurrentTabs(t *testing.T) {
	t.Parallel()
	m := openMeadow(t, limits(func(l *realtime.Limits) { l.SocketsPerSession = -1 }))
	const users, tabs = 20, 10
	headers := make([]http.Header, users)
	for i := range headers {
		headers[i] = m.sessions.signIn(fmt.Sprint("s", i), fmt.Sprint("user", i), "editor")
	}
	watcher := m.subscribe(nil, "meadow.bench.elm.guests")
	var wg sync.WaitGroup
	for i := range users * tabs {
		client := m.dial(headers[i%users])
		wg.Go(func() {
			for _, visit := range []Visit{{Room: "elm"}, {Room: "office"}, {Room: "elm", Note: "moved"}} {
				if err := client.Emit("meadow.visit", visit); err != nil {
					t.Errorf("visit: %v", err)
				}
			}
			if i < users*(tabs-1) { // one tab of each user stays
				client.Close()
			}
		})
	}
	wg.Wait()

	eventually(t, "one tab of each user is left", func() bool { return m.hub.Present("meadow.bench.elm.guests").Connections == users })
	if got := benchPresence.For("elm").Count(m.hub); got != users {
		t.Errorf("%d users are present, want %d", got, users)
	}
	eventually(t, "the watcher got the state", func() bool {
		state := realtimetest.Next(watcher, benchChannel.For("elm")).Payload
		return state.Count == users && len(state.Notes) == users
	})
	for i := range users {
		m.hub.UserSignedOut(t.Context(), fmt.Sprint("user", i))
	}
	wantState(t, watcher, benchChannel.For("elm"), 0)
	wantCount(t, officePresence, m.hub, 0)
}
