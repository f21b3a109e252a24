package authentication_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
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
	"example.com/pergola/core/mail"
	"example.com/pergola/core/mail/mailtest"
	"example.com/pergola/core/respond"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/authentication"
	"example.com/pergola/migrations"
)

// storage is a database with the stores of the feature and of accounts.
type storage struct {
	db        *database.DB
	users     *accounts.Users
	passwords *authentication.Passwords
	tokens    *authentication.EmailTokens
}

func newStorage(t *testing.T) storage {
	t.Helper()
	db := databasetest.New(t, migrations.FS)
	return storage{
		db: db, users: accounts.NewUsers(db),
		passwords: authentication.NewPasswords(db), tokens: authentication.NewEmailTokens(db),
	}
}

const (
	password    = "correct horse"
	newPassword = "battery staple"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

// site is the feature, and accounts, behind a server.
type site struct {
	storage
	*authentication.Feature
	t       *testing.T
	url     string
	watcher *authtest.Watcher
	hasher  *authentication.PasswordHasher
	hashing *hashing
	sent    *mailtest.Recorder
	offset  *atomic.Int64 // how far the clock is ahead of the real time
}

// setup is what a test can change.
type setup struct {
	passwords authentication.PasswordOptions
	limits    authentication.RateLimits
	sender    mail.Sender
}

func limits(change func(*authentication.RateLimits)) func(*setup) {
	return func(s *setup) { change(&s.limits) }
}

// unlimited are limits that no test reaches by accident.
func unlimited() authentication.RateLimits {
	many := authentication.RateLimit{Requests: 1000, Window: time.Hour}
	return authentication.RateLimits{
		SignInByClient: many, SignInByEmail: many, SignUpByClient: many, SignUpByEmail: many, ConfirmByUser: many,
		ResetByClient: many, ResetByEmail: many, LinkByClient: many, VerificationByUser: many,
	}
}

func newSite(t *testing.T, changes ...func(*setup)) *site {
	t.Helper()
	s := &site{
		storage: newStorage(t), t: t, watcher: authtest.NewWatcher(), sent: mailtest.NewRecorder(), offset: new(atomic.Int64),
		hashing: new(hashing),
	}
	chosen := setup{passwords: cheap, limits: unlimited(), sender: s.sent}
	for _, change := range changes {
		change(&chosen)
	}
	chosen.passwords.Observe = s.hashing.observe
	s.hasher = authentication.NewPasswordHasher(chosen.passwords)
	sessions := auth.NewSessions(auth.NewStore(s.db), s.watcher, auth.Options{Logger: slog.New(slog.DiscardHandler)})
	rs := respond.New(respond.Options{
		Logger: slog.New(slog.DiscardHandler),
		Frame: func(ctx context.Context, page respond.Page) templ.Component {
			return frame(page, auth.CurrentUser(ctx), sessions.PopFlash(ctx))
		},
	})
	s.Feature = s.feature(chosen, sessions, rs)
	router := chi.NewRouter()
	router.Use(limitBody, sessions.Middleware(rs.Error))
	s.Manifest().Routes(router)
	for _, path := range []string{"/", "/desk"} {
		router.Get(path, func(w http.ResponseWriter, r *http.Request) { rs.Page(w, r, respond.Page{Title: path}) })
	}
	server := httptest.NewServer(router)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// feature is assembled as wire does it for the application.
func (s *site) feature(chosen setup, sessions *auth.Sessions, rs *respond.Responder) *authentication.Feature {
	now := func() time.Time { return time.Now().Add(time.Duration(s.offset.Load())) }
	mailer := authentication.NewMailer(s.tokens, chosen.sender, "https://pergola.example", now)
	findByEmail, findForUpdate := accounts.NewFindByEmail(s.users), accounts.NewFindUserForUpdate(s.users)
	markVerified := accounts.NewMarkEmailVerified(s.db, s.users, now)
	findLink := authentication.NewFindEmailLink(s.tokens, accounts.NewFindUser(s.users), now)
	return &authentication.Feature{
		SignUp:  authentication.NewSignUp(s.db, s.passwords, s.hasher, accounts.NewCreateUser(s.db, s.users, now), mailer, atOnce, now),
		SignIn:  authentication.NewSignIn(s.db, s.passwords, s.hasher, findByEmail, findForUpdate, sessions, now),
		SignOut: authentication.NewSignOut(sessions),

		RequestPasswordReset: authentication.NewRequestPasswordReset(s.db, findByEmail, mailer, atOnce),
		ResetPassword:        authentication.NewResetPassword(s.db, s.passwords, s.tokens, s.hasher, findLink, findForUpdate, markVerified, sessions, mailer, now),
		RequestVerification:  authentication.NewRequestVerification(s.db, accounts.NewReadAccount(s.users), mailer),
		VerifyEmail:          authentication.NewVerifyEmail(s.db, s.tokens, findForUpdate, markVerified, now),
		FindEmailLink:        findLink,

		ChangePassword:   authentication.NewChangePassword(s.db, s.passwords, s.tokens, s.hasher, findForUpdate, sessions, mailer, now),
		ListSessions:     authentication.NewListSessions(sessions),
		EndSession:       authentication.NewEndSession(sessions),
		EndOtherSessions: authentication.NewEndOtherSessions(sessions),
		DeleteAccount:    authentication.NewDeleteAccount(s.db, s.passwords, s.tokens, s.hasher, accounts.NewDeleteAccount(s.db, s.users, sessions)),

		SeedPasswords: authentication.NewSeedPasswords(s.passwords, s.hasher, findByEmail, now),

		ReadAccount: accounts.NewReadAccount(s.users),
		Mailer:      mailer,
		Sessions:    sessions,
		Respond:     rs,
		RateLimits:  chosen.limits,
	}
}

// atOnce doesn't wait.
const atOnce = authentication.MinResponseTime(1)

// hashing counts the calls of the hasher, and runs a function during the next
// verification.
type hashing struct {
	hashes, verifications atomic.Int64
	meanwhile             atomic.Pointer[func()]
}

func (h *hashing) observe(method string) {
	if method == "Hash" {
		h.hashes.Add(1)
		return
	}
	h.verifications.Add(1)
	if meanwhile := h.meanwhile.Swap(nil); meanwhile != nil {
		(*meanwhile)()
	}
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

// user creates a user with the password of all tests.
func (s *site) user(email, name string, roles ...string) accounts.User {
	s.t.Helper()
	user := accounts.User{
		ID: uuid.Must(uuid.NewV7()).String(), Email: email, Name: name,
		Roles: append([]string{auth.RoleReader}, roles...), CreatedAt: noon, UpdatedAt: noon,
	}
	created, err := s.users.Create(s.t.Context(), user)
	if err != nil || !created {
		s.t.Fatalf("Create(%s) = %v, %v", email, created, err)
	}
	s.setPassword(user, password)
	return user
}

func (s *site) setPassword(user accounts.User, password string) {
	s.t.Helper()
	hash := mustHash(s.t, authentication.NewPasswordHasher(cheap), password)
	if err := s.passwords.Save(s.t.Context(), user.ID, hash, noon); err != nil {
		s.t.Fatal(err)
	}
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
	return &browser{apptest.NewClient(s.t, s.url, authtest.Cookie(s.t, s.Sessions, user.ID)), s.t}
}

// with is a browser that has the cookies of another.
func (s *site) with(cookies []*http.Cookie) *browser {
	return &browser{apptest.NewClient(s.t, s.url, cookies...), s.t}
}

// token returns the session token that the browser has, "" for none.
func (b *browser) token() string {
	for _, cookie := range b.Cookies() {
		return cookie.Value
	}
	return ""
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

func signInFields(email, password string) url.Values {
	return url.Values{"email": {email}, "password": {password}}
}

func signUpFields(name, email, password string) url.Values {
	return url.Values{"name": {name}, "email": {email}, "password": {password}}
}

// as is the context of a use case that this user calls.
func as(t *testing.T, user accounts.User) context.Context {
	return authtest.As(t, user.Identity())
}
