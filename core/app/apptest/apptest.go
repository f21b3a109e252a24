// Package apptest boots chosen features in process, as the application would,
// and is their visitor.
//
//	app := apptest.New(t, func(edges apptest.Edges) []feature.Manifest {
//		return []feature.Manifest{blog.New(blog.Deps{Respond: edges.Respond, …}).Manifest()}
//	})
//	ada := auth.User{ID: "…", Name: "Ada", Roles: []string{auth.RoleEditor}}
//	page := app.As(ada).Get("/desk")          // an HTTP client with a session
//	socket := app.Socket(ada)                 // a real Socket.IO connection <with:realtime/>
//	app.Drain()                               // until all that runs beside requests is quiet <with:events|jobs/>
//
// Everything is in memory but the network: the application listens on a free
// port of this machine, and stops with the test.
package apptest

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"

	"example.com/pergola/core/app"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/database"
	"example.com/pergola/core/events"            // <with:events/>
	"example.com/pergola/core/events/eventstest" // <with:events/>
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs" // <with:jobs/>
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"              // <with:realtime/>
	"example.com/pergola/core/realtime/realtimetest" // <with:realtime/>
	"example.com/pergola/core/respond"
)

// Edges are what the features under test stand on.
type Edges struct {
	Memory   *database.Memory
	Sessions *auth.Sessions
	Hub      *realtime.Hub  // <with:realtime/>
	Outbox   *events.Memory // <with:events/>
	Queue    *jobs.Memory   // <with:jobs/>
	Respond  *respond.Responder
	Slots    *feature.Slots
	Clock    feature.Clock
	BaseURL  feature.BaseURL
}

// App is a running application.
type App struct {
	URL string
	Edges

	t     testing.TB
	users *users
}

// New runs the features that build returns, and returns when they run. Pages
// stand in a bare frame.
func New(t testing.TB, build func(Edges) []feature.Manifest) *App {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	logger := slog.New(slog.DiscardHandler)
	users := &users{byID: map[string]auth.User{}}
	a := &App{URL: "http://" + listener.Addr().String(), t: t, users: users}
	a.Edges = newEdges(logger, users, a.URL)
	manifests := build(a.Edges)

	application, err := a.assemble(manifests, logger)
	if err != nil {
		t.Fatalf("assemble the application: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- application.Run(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("drain the application: %v", err)
		}
	})
	a.waitUntilServed()
	return a
}

// waitUntilServed gets an answer: there is none before everything has started,
// and Drain needs somebody who works.
func (a *App) waitUntilServed() {
	a.t.Helper()
	response, err := http.Get(a.URL + "/healthz")
	if err != nil {
		a.t.Fatalf("the application does not answer: %v", err)
	}
	_ = response.Body.Close()
}

func newEdges(logger *slog.Logger, users auth.Users, baseURL string) Edges {
	memory := database.NewMemory()
	// <without:realtime/> hub := auth.NoWatcher{}
	hub := realtime.NewHub(logger) // <with:realtime/>
	reporter := observe.NewLogReporter(logger)
	return Edges{
		Memory:   memory,
		Sessions: auth.NewSessions(auth.NewMemoryStore(memory, users), hub, auth.Options{Logger: logger}),
		Hub:      hub,                                                                                         // <with:realtime/>
		Outbox:   events.NewMemory(events.MemoryOptions{Logger: logger, Reporter: reporter, Backoff: atOnce}), // <with:events/>
		Queue:    jobs.NewMemory(jobs.MemoryOptions{Logger: logger, Reporter: reporter, Backoff: atOnce}),     // <with:jobs/>
		Respond: respond.New(respond.Options{
			Frame:     bareFrame,
			Reporter:  reporter,
			Logger:    logger,
			RequestID: app.RequestID,
		}),
		Slots:   feature.NewSlots(reporter),
		Clock:   time.Now,
		BaseURL: feature.BaseURL(baseURL),
	}
}

// <with:events|jobs>

// atOnce lets Drain see the last attempt of what fails without waiting for it.
func atOnce(int) time.Duration { return time.Millisecond }

// </with:events|jobs>

func (a *App) assemble(manifests []feature.Manifest, logger *slog.Logger) (*app.App, error) {
	if err := a.Slots.Register(manifests); err != nil {
		return nil, err
	}
	// <with:events>
	if err := a.Outbox.Seal(append(manifests, eventstest.Speakers(manifests)...)); err != nil {
		return nil, err
	}
	// </with:events>
	// <with:jobs>
	if err := a.Queue.Seal(manifests); err != nil {
		return nil, err
	}
	// </with:jobs>
	// <with:realtime>
	sockets, err := realtime.NewServer(a.Hub, a.authenticator(), manifests, realtime.Options{Logger: logger})
	if err != nil {
		return nil, err
	}
	// </with:realtime>
	return app.New(app.Options{
		Manifests: manifests,
		Session:   a.Sessions.Middleware(a.Respond.Error),
		Respond:   a.Respond,
		Logger:    logger,
		Mounts:    []app.Mount{{Pattern: "/socket.io/", Handler: sockets}}, // <with:realtime/>
		Services: []app.Service{
			a.Outbox, // <with:events/>
			a.Queue,  // <with:jobs/>
		},
		Sockets: sockets, // <with:realtime/>
		BaseURL: a.URL,
	})
}

// <with:realtime>

func (a *App) authenticator() realtime.AuthenticatorFunc {
	return func(r *http.Request) (realtime.Identity, error) {
		identity, err := a.Sessions.Authenticate(r)
		return realtime.Identity{
			UserID:    identity.User.ID,
			Name:      identity.User.Name,
			SessionID: identity.SessionID,
			Roles:     identity.User.Roles,
			ExpiresAt: identity.ExpiresAt,
		}, err
	}
}

// </with:realtime>

// bareFrame is a document with nothing around the page.
func bareFrame(_ context.Context, page respond.Page) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, "<!doctype html><html lang=\"en\"><title>"+templ.EscapeString(page.Title)+"</title><main>"); err != nil {
			return err
		}
		if page.Body == nil {
			return nil
		}
		return page.Body.Render(ctx, w)
	})
}

// As is a client that is signed in as the user. The zero User is a visitor.
func (a *App) As(user auth.User) *Client {
	a.t.Helper()
	return NewClient(a.t, a.URL, a.cookies(user)...)
}

// <with:realtime>

// Socket is a real Socket.IO connection, in a session of its own.
func (a *App) Socket(user auth.User) *realtimetest.Client {
	a.t.Helper()
	header := http.Header{"Origin": {a.URL}}
	for _, cookie := range a.cookies(user) {
		header.Add("Cookie", cookie.String())
	}
	return realtimetest.Dial(a.t, a.URL, header)
}

// </with:realtime>

// <with:events|jobs>

// Drain waits until events and jobs are quiet, with what they have set off in
// turn.
func (a *App) Drain() {
	a.t.Helper()
	for {
		before := a.activity()
		for _, drain := range []func(context.Context) error{
			a.Outbox.Drain, // <with:events/>
			a.Queue.Drain,  // <with:jobs/>
		} {
			if err := drain(a.t.Context()); err != nil {
				a.t.Fatalf("drain: %v", err)
			}
		}
		if a.activity() == before {
			return
		}
	}
}

func (a *App) activity() uint64 {
	var all uint64
	for _, activity := range []func() (uint64, int){
		a.Outbox.Activity, // <with:events/>
		a.Queue.Activity,  // <with:jobs/>
	} {
		n, _ := activity()
		all += n
	}
	return all
}

// </with:events|jobs>

func (a *App) cookies(user auth.User) []*http.Cookie {
	if !user.SignedIn() {
		return nil
	}
	a.users.put(user)
	return []*http.Cookie{authtest.Cookie(a.t, a.Sessions, user.ID)}
}

// users are those that the test has named, with the roles it gave them last.
type users struct {
	mu   sync.Mutex
	byID map[string]auth.User
}

func (u *users) put(user auth.User) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.byID[user.ID] = user
}

func (u *users) UserByID(_ context.Context, id string) (auth.User, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	user, ok := u.byID[id]
	if !ok {
		return auth.User{}, fault.NotFound.New("There is no such user.")
	}
	return user, nil
}
