// Package apptest runs selected features in the test's process, assembled as in
// the application, and sends requests to them.
//
//	app := apptest.New(t, migrations.FS, func(infra *apptest.Infrastructure) []feature.Manifest {
//		return []feature.Manifest{(&blog.Feature{Respond: infra.Respond, …}).Manifest()}
//	})
//	ada := auth.User{ID: "…", Name: "Ada", Roles: []string{auth.RoleEditor}}
//	page := app.As(ada).Get("/desk") // an HTTP client with a session
//
// The application listens on a free port, has its own database, and stops when the
// test ends. Add the optional packages that the features use:
//
//	rt := realtimetest.NewServer(infra)      // rt.Hub; rt.Socket(ada) is a real Socket.IO connection
//	events := eventstest.NewDispatcher(infra) // events.Outbox
//	jobs := jobstest.NewWorker(infra)        // jobs.Queue
//	…
//	app.Drain() // waits until no event or job is waiting or running
package apptest

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/a-h/templ"

	"example.com/pergola/core/app"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/respond"
)

// Infrastructure holds the dependencies of the features under test.
type Infrastructure struct {
	T        testing.TB
	URL      string // of the application
	DB       *database.DB
	Sessions *auth.Sessions
	Respond  *respond.Responder // uses a minimal layout
	Slots    *feature.Slots
	Reporter observe.Reporter
	Logger   *slog.Logger
	Clock    feature.Clock
	BaseURL  feature.BaseURL

	packages []Package
	watchers watchers
}

// Package adds an optional core package to the application.
type Package struct {
	// Assemble builds the package's part of the application from all manifests.
	Assemble func([]feature.Manifest) (app.Package, error)

	Watcher auth.Watcher                // nil for none
	Drain   func(context.Context) error // nil if nothing runs in the background
}

// Use adds a package to the application. Call it while building the features.
func (i *Infrastructure) Use(p Package) {
	i.packages = append(i.packages, p)
	if p.Watcher != nil {
		i.watchers.all = append(i.watchers.all, p.Watcher)
	}
}

// Cookies returns the cookies of a new session of the user, or none for a visitor.
func (i *Infrastructure) Cookies(user auth.User) []*http.Cookie {
	i.T.Helper()
	if !user.SignedIn() {
		return nil
	}
	authtest.SaveUser(i.T, i.DB, user)
	return []*http.Cookie{authtest.Cookie(i.T, i.Sessions, user.ID)}
}

// App is a running application.
type App struct {
	*Infrastructure
}

// New runs the features that build returns, and returns when they accept requests.
func New(t testing.TB, migrations fs.FS, build func(*Infrastructure) []feature.Manifest) *App {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	a := &App{newInfrastructure(t, databasetest.New(t, migrations), "http://"+listener.Addr().String())}
	application, err := a.assemble(build(a.Infrastructure))
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
	a.waitUntilReady()
	return a
}

// waitUntilReady waits for a response, which comes only after every service has
// started. Drain needs the services.
func (a *App) waitUntilReady() {
	a.T.Helper()
	response, err := http.Get(a.URL + "/healthz")
	if err != nil {
		a.T.Fatalf("the application does not respond: %v", err)
	}
	_ = response.Body.Close()
}

func newInfrastructure(t testing.TB, db *database.DB, url string) *Infrastructure {
	logger := slog.New(slog.DiscardHandler)
	reporter := observe.NewLogReporter(logger)
	i := &Infrastructure{
		T:        t,
		URL:      url,
		DB:       db,
		Slots:    feature.NewSlots(reporter),
		Reporter: reporter,
		Logger:   logger,
		Respond: respond.New(respond.Options{
			Frame:     bareFrame,
			Reporter:  reporter,
			Logger:    logger,
			RequestID: app.RequestID,
		}),
		Clock:   time.Now,
		BaseURL: feature.BaseURL(url),
	}
	i.Sessions = auth.NewSessions(auth.NewStore(db), &i.watchers, auth.Options{Logger: logger})
	return i
}

func (a *App) assemble(manifests []feature.Manifest) (*app.App, error) {
	if err := a.Slots.Register(manifests); err != nil {
		return nil, err
	}
	options := app.Options{
		Manifests: manifests,
		Session:   a.Sessions.Middleware(a.Respond.Error),
		Respond:   a.Respond,
		Logger:    a.Logger,
		BaseURL:   a.URL,
	}
	for _, p := range a.packages {
		assembled, err := p.Assemble(manifests)
		if err != nil {
			return nil, err
		}
		options.Packages = append(options.Packages, assembled)
	}
	return app.New(options)
}

// bareFrame is a document with nothing but the page.
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

// As returns a client that is signed in as the user. The zero User is a visitor.
func (a *App) As(user auth.User) *Client {
	a.T.Helper()
	return NewClient(a.T, a.URL, a.Cookies(user)...)
}

// drainTimeout is generous: many tests share the machine.
const drainTimeout = time.Minute

// Drain waits until no event or job is waiting or running, including those that
// are added in the meantime.
func (a *App) Drain() {
	a.T.Helper()
	ctx, cancel := context.WithTimeout(a.T.Context(), drainTimeout)
	defer cancel()
	for _, p := range a.packages {
		if p.Drain == nil {
			continue
		}
		if err := p.Drain(ctx); err != nil {
			a.T.Fatalf("drain: %v", err)
		}
	}
}

// watchers forwards notifications about sessions. It is filled later, because the
// packages are added after the sessions are created.
type watchers struct{ all []auth.Watcher }

func (w *watchers) SessionEnded(ctx context.Context, sessionID string) {
	for _, watcher := range w.all {
		watcher.SessionEnded(ctx, sessionID)
	}
}

func (w *watchers) UserSignedOut(ctx context.Context, userID string) {
	for _, watcher := range w.all {
		watcher.UserSignedOut(ctx, userID)
	}
}

func (w *watchers) RolesChanged(ctx context.Context, userID string, roles []string) {
	for _, watcher := range w.all {
		watcher.RolesChanged(ctx, userID, roles)
	}
}
