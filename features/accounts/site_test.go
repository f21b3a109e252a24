package accounts_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/respond"
	"example.com/pergola/features/accounts"
	"example.com/pergola/migrations"
)

// storage is a database with the stores of the feature.
type storage struct {
	db    *database.DB
	users *accounts.Users
}

func newStorage(t *testing.T) storage {
	t.Helper()
	db := databasetest.New(t, migrations.FS)
	return storage{db: db, users: accounts.NewUsers(db)}
}

// sessions are those of an application that the watcher watches.
func (s storage) sessions(watcher auth.Watcher) *auth.Sessions {
	return auth.NewSessions(auth.NewStore(s.db), watcher, auth.Options{Logger: slog.New(slog.DiscardHandler)})
}

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

func newUser(email string, roles ...string) accounts.User {
	return accounts.User{
		ID:        uuid.Must(uuid.NewV7()).String(),
		Email:     email,
		Name:      "Ada Lovelace",
		Roles:     append([]string{auth.RoleReader}, roles...),
		CreatedAt: noon,
		UpdatedAt: noon,
	}
}

func (s storage) create(t *testing.T, users ...accounts.User) {
	t.Helper()
	for _, user := range users {
		if created, err := s.users.Create(t.Context(), user); err != nil || !created {
			t.Fatalf("Create(%s) = %v, %v", user.Email, created, err)
		}
	}
}

// as is the context of a use case that this user calls.
func as(t *testing.T, user accounts.User) context.Context {
	return authtest.As(t, user.Identity())
}

// site is the feature behind a server.
type site struct {
	storage
	t        *testing.T
	url      string
	sessions *auth.Sessions
	watcher  *authtest.Watcher
	slots    *feature.Slots
}

func newSite(t *testing.T) *site {
	t.Helper()
	s, watcher := newStorage(t), authtest.NewWatcher()
	sessions := s.sessions(watcher)
	rs := respond.New(respond.Options{
		Logger: slog.New(slog.DiscardHandler),
		Frame: func(ctx context.Context, page respond.Page) templ.Component {
			return frame(page, auth.CurrentUser(ctx), sessions.PopFlash(ctx))
		},
	})
	slots := feature.NewSlots(observe.NewLogReporter(slog.New(slog.DiscardHandler)))
	f := &accounts.Feature{
		ReadAccount:   accounts.NewReadAccount(s.users),
		ChangeName:    accounts.NewChangeName(s.db, s.users, time.Now),
		ListUsers:     accounts.NewListUsers(s.users),
		GrantRole:     accounts.NewGrantRole(s.db, s.users, watcher, time.Now),
		RevokeRole:    accounts.NewRevokeRole(s.db, s.users, watcher, time.Now),
		SignOutUser:   accounts.NewSignOutUser(s.db, s.users, sessions),
		LockAccount:   accounts.NewLockAccount(s.db, s.users, sessions, time.Now),
		UnlockAccount: accounts.NewUnlockAccount(s.db, s.users, time.Now),
		Sessions:      sessions,
		Respond:       rs,
		Slots:         slots,
	}
	router := chi.NewRouter()
	router.Use(limitBody, sessions.Middleware(rs.Error))
	f.Manifest().Routes(router)
	for _, path := range []string{"/", "/sign-in"} {
		router.Get(path, func(w http.ResponseWriter, r *http.Request) { rs.Page(w, r, respond.Page{Title: path}) })
	}
	server := httptest.NewServer(router)
	t.Cleanup(server.Close)
	return &site{storage: s, t: t, url: server.URL, sessions: sessions, watcher: watcher, slots: slots}
}

// limitBody limits requests as the application does.
func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		next.ServeHTTP(w, r)
	})
}

// frame is a layout with what tests look for.
func frame(page respond.Page, user auth.User, flash string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "<!doctype html><title>"+templ.EscapeString(page.Title)+"</title><p id=user>"+
			templ.EscapeString(user.Name)+"</p><p id=flash>"+templ.EscapeString(flash)+"</p>")
		if err != nil || page.Body == nil {
			return err
		}
		return page.Body.Render(ctx, w)
	})
}

// user creates a user.
func (s *site) user(email, name string, roles ...string) accounts.User {
	s.t.Helper()
	user := newUser(email, roles...)
	user.Name = name
	s.create(s.t, user)
	return user
}

// browser is a browser without JavaScript.
type browser struct {
	*apptest.Client
	t *testing.T
}

func (s *site) visitor() *browser { return &browser{apptest.NewClient(s.t, s.url), s.t} }

// as is a browser in which the user is signed in.
func (s *site) as(user accounts.User) *browser {
	s.t.Helper()
	return &browser{apptest.NewClient(s.t, s.url, authtest.Cookie(s.t, s.sessions, user.ID)), s.t}
}

// page is a page after all redirects.
type page struct {
	apptest.Page
	t *testing.T
}

func (b *browser) get(path string) page { return page{b.Get(path), b.t} }

func (b *browser) post(path string, fields url.Values) page { return page{b.Post(path, fields), b.t} }

// signedIn checks which user is signed in, "" for none.
func (b *browser) signedIn(name string) {
	b.t.Helper()
	apptest.WantText(b.t, b.Get("/"), "#user", name)
}

// is checks the status and the path of a page.
func (p page) is(status int, path string) page {
	p.t.Helper()
	if p.Status != status || p.Path != path {
		p.t.Errorf("status %d at %s, want %d at %s; the page is %q", p.Status, p.Path, status, path, strings.Join(strings.Fields(p.Text()), " "))
	}
	return p
}

// text returns the text that a selector finds.
func (p page) text(selector string) string {
	return strings.Join(strings.Fields(p.Find(selector).Text()), " ")
}

// value returns the value of a form field.
func (p page) value(field string) string {
	return p.Find(`[name="`+field+`"]`).AttrOr("value", "")
}

// errorOf returns the error next to a form field, which must be accessible to
// screen readers.
func (p page) errorOf(field string) string {
	p.t.Helper()
	input := p.Find(`input[name="` + field + `"]`)
	id := ""
	for word := range strings.FieldsSeq(input.AttrOr("aria-describedby", "")) {
		if strings.HasSuffix(word, "-error") {
			id = word
		}
	}
	if (id != "") != (input.AttrOr("aria-invalid", "") == "true") {
		p.t.Errorf("field %s: aria-describedby and aria-invalid don't match", field)
	}
	if id == "" {
		return ""
	}
	return p.text("#" + id)
}
