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

// whoIsHere is a count, and what is noted of each connection.
func whoIsHere(here realtime.Present[string]) Guests {
	told := Guests{Count: here.Count()}
	for _, member := range here.List() {
		told.Notes = append(told.Notes, member.Connections...)
	}
	return told
}

// meadow is a feature with benches for everybody and an office for editors.
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
	server, err := realtime.NewServer(m.hub, m.sessions, []feature.Manifest{m.manifest()}, opts)
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

// visits opens a tab that is at a place.
func (m *meadow) visits(header http.Header, room, note string) *realtimetest.Client {
	m.t.Helper()
	client := m.dial(header)
	m.goes(client, Visit{Room: room, Note: note})
	return client
}

func (m *meadow) goes(client *realtimetest.Client, visit Visit) {
	m.t.Helper()
	if err := client.Emit("meadow.visit", visit); err != nil {
		m.t.Fatalf("visit %s: %v", visit.Room, err)
	}
}

// hears opens a tab that is nowhere and hears of a place.
func (m *meadow) hears(header http.Header, topic string) *realtimetest.Client {
	m.t.Helper()
	client := m.dial(header)
	client.MustSubscribe(topic)
	return client
}

// wantTold waits until the client is told so many.
func wantTold(t testing.TB, client *realtimetest.Client, source realtime.Source[Guests], count int) Guests {
	t.Helper()
	for {
		if told := realtimetest.Next(client, source).Payload; told.Count == count {
			return told
		}
	}
}

func wantCount(t testing.TB, place realtime.Presence[string, Guests], tracker realtime.Tracker, want int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d are there", want), func() bool { return place.Count(tracker) == want })
}

func TestPresence_countsAUserOnceAndEachConnectionOfAVisitor(t *testing.T) {
	t.Parallel()
	m := openMeadow(t)
	elm := benchPresence.For("elm")
	ada := m.sessions.signIn("s1", "ada")
	watcher := m.hears(nil, "meadow.bench.elm.guests")
	if told := realtimetest.Next(watcher, benchChannel.For("elm")); told.Payload.Count != 0 {
		t.Errorf("an empty bench was told as %v", told.Payload)
	}

	first := m.visits(ada, "elm", "first tab")
	m.visits(ada, "elm", "second tab")
	m.visits(nil, "elm", "a visitor")
	m.visits(nil, "elm", "another")

	told := wantTold(t, watcher, benchChannel.For("elm"), 3)
	if got := strings.Join(told.Notes, ", "); got != "first tab, second tab, a visitor, another" {
		t.Errorf("told of %s", got)
	}
	who := m.hub.Present("meadow.bench.elm.guests")
	if who.Users != 1 || who.Visitors != 2 || who.Connections != 4 {
		t.Errorf("there are %d users, %d visitors, %d connections", who.Users, who.Visitors, who.Connections)
	}
	members := elm.List(m.hub)
	if len(members) != 3 || members[0].UserID != "ada" || len(members[0].Connections) != 2 || members[1].UserID != "" {
		t.Errorf("listed: %+v", members)
	}
	if elsewhere := benchPresence.For("oak").Count(m.hub); elsewhere != 0 {
		t.Errorf("%d on another bench", elsewhere)
	}

	first.Disconnect()
	eventually(t, "the tab is gone", func() bool { return m.hub.Present("meadow.bench.elm.guests").Connections == 3 })
	if got := elm.Count(m.hub); got != 3 {
		t.Errorf("one of two tabs was closed: %d are there, want 3", got)
	}
}

func TestPresence_endsWithTheSocket(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*meadow, *realtimetest.Client){
		"the tab is closed":           func(_ *meadow, client *realtimetest.Client) { client.Disconnect() },
		"the connection breaks off":   func(_ *meadow, client *realtimetest.Client) { client.Close() },
		"the session ends":            func(m *meadow, _ *realtimetest.Client) { m.hub.SessionEnded(t.Context(), "s1") },
		"the user is signed out":      func(m *meadow, _ *realtimetest.Client) { m.hub.UserSignedOut(t.Context(), "ada") },
		"it says so":                  func(m *meadow, client *realtimetest.Client) { m.goes(client, Visit{Room: "elm", Leave: true}) },
		"the client breaks the rules": func(_ *meadow, client *realtimetest.Client) { _ = client.Write("nonsense") },
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := openMeadow(t)
			watcher := m.hears(nil, "meadow.bench.elm.guests")
			client := m.visits(m.sessions.signIn("s1", "ada"), "elm", "")
			wantTold(t, watcher, benchChannel.For("elm"), 1)

			end(m, client)

			wantTold(t, watcher, benchChannel.For("elm"), 0)
		})
	}
}

func TestPresence_endsWhenTheSessionExpires(t *testing.T) {
	t.Parallel()
	m := openMeadow(t)
	watcher := m.hears(nil, "meadow.bench.elm.guests")
	client := m.visits(m.sessions.signInUntil("s1", "ada", time.Now().Add(time.Second)), "elm", "")

	client.WaitClosed(realtime.ClosedExpired)

	wantTold(t, watcher, benchChannel.For("elm"), 0)
}

func TestPresence_endsWithTheRole(t *testing.T) {
	t.Parallel()
	m := openMeadow(t)
	client := m.visits(m.sessions.signIn("s1", "ada", "editor"), "office", "at work")
	m.goes(client, Visit{Room: "elm"})
	wantCount(t, officePresence, m.hub, 1)

	m.hub.RolesChanged(t.Context(), "ada", nil)

	if got := officePresence.Count(m.hub); got != 0 {
		t.Errorf("%d are in the office after the role was revoked", got)
	}
	if got := benchPresence.For("elm").Count(m.hub); got != 1 {
		t.Errorf("%d are on the bench, which needs no role", got)
	}
}

func TestRecheck_endsThePresenceOfCallersWithoutAccess(t *testing.T) {
	t.Parallel()
	m := openMeadow(t)
	hearing := m.hears(nil, "meadow.bench.elm.guests")
	m.visits(nil, "elm", "silent")
	elsewhere := m.visits(nil, "oak", "")
	elsewhere.MustSubscribe("meadow.bench.oak.guests")
	wantTold(t, hearing, benchChannel.For("elm"), 1)
	m.close("elm")

	benchChannel.For("elm").Recheck(t.Context(), m.hub)

	if rejection := hearing.WaitUnsubscribed("meadow.bench.elm.guests"); !errors.Is(rejection, fault.NotFound) {
		t.Errorf("taken away with %v", rejection)
	}
	wantCount(t, benchPresence.For("elm"), m.hub, 0)
	if got := benchPresence.For("oak").Count(m.hub); got != 1 {
		t.Errorf("%d are on the other bench", got)
	}
	hearing.ExpectNothing("meadow.bench.elm.guests")
}

func TestTrack_isRejectedLikeASubscription(t *testing.T) {
	t.Parallel()
	m := openMeadow(t, limits(func(l *realtime.Limits) { l.SubscriptionsPerSocket = 2 }))
	m.close("elm")
	visitor, reader := m.visitor(), m.dial(m.sessions.signIn("s1", "grace", "reader"))
	many := m.visits(nil, "oak", "")
	m.goes(many, Visit{Room: "ash"})
	m.goes(many, Visit{Room: "oak", Note: "again, which is no other place"})

	tests := map[string]struct {
		client *realtimetest.Client
		room   string
		want   fault.Kind
	}{
		"a visitor where a role is needed": {visitor, "office", fault.Unauthenticated},
		"a user without the role":          {reader, "office", fault.Forbidden},
		"what the authorizer rejects":      {reader, "elm", fault.NotFound},
		"too many places":                  {many, "yew", fault.TooMany},
		"no place":                         {reader, "with space", fault.Internal},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := test.client.Emit("meadow.visit", Visit{Room: test.room}); !errors.Is(err, test.want) {
				t.Errorf("rejected with %v, want %s", err, test.want)
			}
		})
	}
	if got := officePresence.Count(m.hub); got != 0 {
		t.Errorf("%d are in the office", got)
	}
}

func TestTrack_needsAConnectionOfThisHub(t *testing.T) {
	t.Parallel()
	m := openMeadow(t)

	err := officePresence.Track(t.Context(), m.hub, realtime.Caller{UserID: "ada", SocketID: "made up", Roles: []string{"editor"}}, "")

	if fault.KindOf(err) != fault.Unavailable {
		t.Errorf("tracked a caller without a connection: %v", err)
	}
	officePresence.Untrack(t.Context(), m.hub, realtime.Caller{SocketID: "made up"})
}

func TestTrack_againReplacesTheMetadata(t *testing.T) {
	t.Parallel()
	m := openMeadow(t)
	client := m.visits(nil, "elm", "early")
	m.visits(nil, "elm", "late")

	m.goes(client, Visit{Room: "elm", Note: "changed"})

	var notes []string
	for _, member := range benchPresence.For("elm").List(m.hub) {
		notes = append(notes, member.Connections...)
	}
	if got := strings.Join(notes, ", "); got != "changed, late" {
		t.Errorf("listed as %s", got)
	}
}

func TestPresence_sendsTheStateToNewSubscribers(t *testing.T) {
	t.Parallel()
	m := openMeadow(t)
	m.visits(nil, "elm", "")
	m.visits(nil, "elm", "")
	first := m.hears(nil, "meadow.bench.elm.guests")
	wantTold(t, first, benchChannel.For("elm"), 2)

	second := m.hears(nil, "meadow.bench.elm.guests")

	if told := realtimetest.Next(second, benchChannel.For("elm")).Payload; told.Count != 2 {
		t.Errorf("who begins to hear is told of %d, want 2", told.Count)
	}
}

func TestPresence_reportsADefectInItsState(t *testing.T) {
	t.Parallel()
	channel := realtime.DefineChannel[Note]("yard.guests", realtime.Public)
	tests := map[string]func(realtime.Present[string]) Note{
		"a panic":           func(realtime.Present[string]) Note { panic("boom") },
		"a payload's rules": func(realtime.Present[string]) Note { return Note{} },
	}
	for name, state := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &site{t: t, hub: realtime.NewHub(nil), sessions: &sessions{}, reports: &reports{}}
			manifest := feature.Manifest{Name: "yard", Parts: []feature.Part{
				realtime.Channels{channel.Presence(realtime.DefinePresence(channel, state))},
			}}
			server, err := realtime.NewServer(s.hub, s.sessions, []feature.Manifest{manifest}, realtime.Options{Reporter: s.reports})
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

func TestNewServer_rejectsWrongPresences(t *testing.T) {
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
		"not defined":                 {channel.Presence(realtime.Presence[string, Guests]{}), "not made with Define"},
		"nil":                         {channel.Presence(nil), "nil"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			manifest := feature.Manifest{Name: "yard", Parts: []feature.Part{realtime.Channels{test.entry}}}
			_, err := realtime.NewServer(realtime.NewHub(nil), &sessions{}, []feature.Manifest{manifest}, realtime.Options{})
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
	watcher := m.hears(nil, "meadow.bench.elm.guests")
	var coming sync.WaitGroup
	for i := range users * tabs {
		client := m.dial(headers[i%users])
		coming.Go(func() {
			for _, visit := range []Visit{{Room: "elm"}, {Room: "office"}, {Room: "elm", Note: "moved"}} {
				if err := client.Emit("meadow.visit", visit); err != nil {
					t.Errorf("visit: %v", err)
				}
			}
			if i < users*(tabs-1) { // of each user one tab stays
				client.Close()
			}
		})
	}
	coming.Wait()

	eventually(t, "one tab of each is left", func() bool { return m.hub.Present("meadow.bench.elm.guests").Connections == users })
	if got := benchPresence.For("elm").Count(m.hub); got != users {
		t.Errorf("%d users are there, want %d", got, users)
	}
	eventually(t, "that was told", func() bool {
		told := realtimetest.Next(watcher, benchChannel.For("elm")).Payload
		return told.Count == users && len(told.Notes) == users
	})
	for i := range users {
		m.hub.UserSignedOut(t.Context(), fmt.Sprint("user", i))
	}
	wantTold(t, watcher, benchChannel.For("elm"), 0)
	wantCount(t, officePresence, m.hub, 0)
}
