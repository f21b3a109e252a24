package accounts_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/mail"
	"example.com/pergola/core/mail/mailtest"
	"example.com/pergola/core/respond"
	"example.com/pergola/features/accounts"
)

// site is the feature behind a server, with nothing of the application that it
// can do without.
type site struct {
	storage
	t         *testing.T
	url       string
	sessions  *auth.Sessions
	watcher   *authtest.Watcher
	passwords *countingPasswords
	seed      accounts.SeedUsers
	outgoing  *mailtest.Recorder
	now       *atomic.Int64 // how far the clock is ahead of now
}

// setup is what a test may choose of its site.
type setup struct {
	passwords accounts.Passwords
	limits    accounts.Limits
	sender    mail.Sender
	now       feature.Clock
}

const password = "correct horse"

// generous limits are met by no test that does not mean to.
var generous = accounts.Limits{
	SignInByClient: accounts.Limit{Requests: 1000, Window: time.Hour},
	SignInByEmail:  accounts.Limit{Requests: 1000, Window: time.Hour},
	SignUpByClient: accounts.Limit{Requests: 1000, Window: time.Hour},
	SignUpByEmail:  accounts.Limit{Requests: 1000, Window: time.Hour},
	ConfirmByUser:  accounts.Limit{Requests: 1000, Window: time.Hour},
	ResetByClient:  accounts.Limit{Requests: 1000, Window: time.Hour},
	ResetByEmail:   accounts.Limit{Requests: 1000, Window: time.Hour},
	LinkByClient:   accounts.Limit{Requests: 1000, Window: time.Hour},
	LetterByUser:   accounts.Limit{Requests: 1000, Window: time.Hour},
}

func newSite(t *testing.T, s storage, changes ...func(*setup)) *site {
	t.Helper()
	watcher := authtest.NewWatcher()
	sessions := auth.NewSessions(s.store, watcher, auth.Options{Logger: slog.New(slog.DiscardHandler)})
	passwords := &countingPasswords{Passwords: accounts.NewPasswords(cheap)}
	answer := respond.New(respond.Options{
		Logger: slog.New(slog.DiscardHandler),
		Frame: func(ctx context.Context, page respond.Page) templ.Component {
			return frame(page, auth.CurrentUser(ctx), sessions.PopFlash(ctx))
		},
	})
	outgoing, ahead := mailtest.NewRecorder(), new(atomic.Int64)
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	chosen := setup{passwords: passwords, limits: generous, sender: outgoing, now: now}
	for _, change := range changes {
		change(&chosen)
	}
	deps := chosen.deps(s, sessions, watcher, answer)
	router := chi.NewRouter()
	router.Use(limitBody, sessions.Middleware(answer.Error))
	accounts.New(deps).Manifest().Routes(router)
	router.Get("/", func(w http.ResponseWriter, r *http.Request) { answer.Page(w, r, respond.Page{Title: "Front page"}) })
	router.Get("/desk", func(w http.ResponseWriter, r *http.Request) { answer.Page(w, r, respond.Page{Title: "Desk"}) })
	server := httptest.NewServer(router)
	t.Cleanup(server.Close)
	return &site{storage: s, t: t, url: server.URL, sessions: sessions, watcher: watcher, passwords: passwords, seed: deps.SeedUsers, outgoing: outgoing, now: ahead}
}

// deps are those of the feature, as wire makes them for the application.
func (c setup) deps(s storage, sessions *auth.Sessions, watcher auth.Watcher, answer *respond.Responder) accounts.Deps {
	now := c.now
	postman := accounts.NewPostman(s.tokens, c.sender, "https://pergola.example", now)
	find := accounts.NewFindLink(s.users, s.tokens, now)
	return accounts.Deps{
		SignUp:           accounts.NewSignUp(s.users, c.passwords, postman, s.tx, atOnce, now),
		SignIn:           accounts.NewSignIn(s.users, c.passwords, s.tx, sessions, now),
		SignOut:          accounts.NewSignOut(sessions),
		ChangeName:       accounts.NewChangeName(s.users, s.tx, now),
		ChangePassword:   accounts.NewChangePassword(s.users, s.tokens, c.passwords, postman, s.tx, sessions, now),
		ListSessions:     accounts.NewListSessions(sessions),
		EndSession:       accounts.NewEndSession(sessions),
		EndOtherSessions: accounts.NewEndOtherSessions(sessions),
		DeleteAccount:    accounts.NewDeleteAccount(s.users, c.passwords, s.tx, sessions),

		ReadAccount:          accounts.NewReadAccount(s.users),
		RequestPasswordReset: accounts.NewRequestPasswordReset(s.users, postman, s.tx, atOnce),
		ResetPassword:        accounts.NewResetPassword(s.users, s.tokens, postman, find, c.passwords, s.tx, sessions, now),
		RequestVerification:  accounts.NewRequestVerification(s.users, postman, s.tx),
		VerifyEmail:          accounts.NewVerifyEmail(s.users, s.tokens, s.tx, now),
		FindLink:             find,
		Postman:              postman,

		ListUsers:         accounts.NewListUsers(s.users),
		GrantRole:         accounts.NewGrantRole(s.users, s.tx, watcher, now),
		RevokeRole:        accounts.NewRevokeRole(s.users, s.tx, watcher, now),
		SignOutEverywhere: accounts.NewSignOutEverywhere(s.users, s.tx, sessions),
		LockAccount:       accounts.NewLockAccount(s.users, s.tx, sessions, now),
		UnlockAccount:     accounts.NewUnlockAccount(s.users, s.tx, now),

		SeedUsers: accounts.NewSeedUsers(s.users, c.passwords, now),

		Sessions: sessions,
		Respond:  answer,
		Limits:   c.limits,
	}
}

// atOnce is as fast as it goes.
const atOnce = accounts.Pace(1)

// limitBody is what the application does to every request.
func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		next.ServeHTTP(w, r)
	})
}

// frame is a layout that shows what tests look for.
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

// countingPasswords counts the work and lets a test do something meanwhile.
type countingPasswords struct {
	accounts.Passwords
	hashes, verifications atomic.Int64
	meanwhile             atomic.Pointer[func()]
}

func (c *countingPasswords) Hash(ctx context.Context, password string) (string, error) {
	c.hashes.Add(1)
	return c.Passwords.Hash(ctx, password)
}

func (c *countingPasswords) Verify(ctx context.Context, stored, password string) (bool, bool, error) {
	c.verifications.Add(1)
	ok, stale, err := c.Passwords.Verify(ctx, stored, password)
	if meanwhile := c.meanwhile.Swap(nil); meanwhile != nil {
		(*meanwhile)()
	}
	return ok, stale, err
}

// user makes an account with the password of all tests.
func (s *site) user(email, name string, roles ...string) accounts.User {
	s.t.Helper()
	user := newUser(email, roles...)
	user.Name, user.PasswordHash = name, mustHash(s.t, s.passwords.Passwords, password)
	s.create(s.t, user)
	return user
}

// browser is somebody at a browser without JavaScript.
type browser struct {
	t    *testing.T
	url  string
	http *http.Client
}

func (s *site) visitor() *browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{t: s.t, url: s.url, http: &http.Client{Jar: jar}}
}

// as is a browser in which the user has signed in.
func (s *site) as(user accounts.User) *browser {
	s.t.Helper()
	b := s.visitor()
	b.jar([]*http.Cookie{authtest.Cookie(s.t, s.sessions, user.ID)})
	return b
}

func (b *browser) jar(cookies []*http.Cookie) {
	address, err := url.Parse(b.url)
	if err != nil {
		b.t.Fatal(err)
	}
	b.http.Jar.SetCookies(address, cookies)
}

// cookie is the token that the browser holds, "" if it holds none.
func (b *browser) cookie() string {
	address, err := url.Parse(b.url)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, cookie := range b.http.Jar.Cookies(address) {
		return cookie.Value
	}
	return ""
}

// page is what a browser shows after all redirects.
type page struct {
	t      *testing.T
	status int
	path   string // with its query
	header http.Header
	*goquery.Document
}

func (b *browser) get(path string) page {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(request)
}

func (b *browser) post(path string, fields url.Values) page {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, strings.NewReader(fields.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(request)
}

func (b *browser) do(request *http.Request) page {
	b.t.Helper()
	answer, err := b.http.Do(request)
	if err != nil {
		b.t.Fatalf("%s %s: %v", request.Method, request.URL, err)
	}
	defer func() { _ = answer.Body.Close() }()
	document, err := goquery.NewDocumentFromReader(answer.Body)
	if err != nil {
		b.t.Fatalf("%s %s: %v", request.Method, request.URL, err)
	}
	return page{t: b.t, status: answer.StatusCode, path: answer.Request.URL.RequestURI(), header: answer.Header, Document: document}
}

// is fails the test unless the page has this status and address.
func (p page) is(status int, path string) page {
	p.t.Helper()
	if p.status != status || p.path != path {
		p.t.Errorf("page %d at %s, want %d at %s; it says %q", p.status, p.path, status, path, strings.Join(strings.Fields(p.Text()), " "))
	}
	return p
}

// text is the text of what a selector finds.
func (p page) text(selector string) string {
	return strings.Join(strings.Fields(p.Find(selector).Text()), " ")
}

// value is what stands in a field.
func (p page) value(field string) string {
	return p.Find(`[name="`+field+`"]`).AttrOr("value", "")
}

// wrong is what stands beside a field because of what was in it; the field
// must say so to a screen reader as well.
func (p page) wrong(field string) string {
	p.t.Helper()
	input := p.Find(`input[name="` + field + `"]`)
	described := input.AttrOr("aria-describedby", "")
	id := ""
	for word := range strings.FieldsSeq(described) {
		if strings.HasSuffix(word, "-error") {
			id = word
		}
	}
	if (id != "") != (input.AttrOr("aria-invalid", "") == "true") {
		p.t.Errorf("field %s: aria-describedby %q does not go with aria-invalid", field, described)
	}
	if id == "" {
		return ""
	}
	return p.text("#" + id)
}

func signInFields(email, password string) url.Values {
	return url.Values{"email": {email}, "password": {password}}
}

// signedIn fails the test unless the browser is signed in as this user, ""
// meaning nobody.
func (b *browser) signedIn(name string) {
	b.t.Helper()
	if got := b.get("/").text("#user"); got != name {
		b.t.Errorf("signed in as %q, want %q", got, name)
	}
}

// identity is the context of a use case that this user calls.
func identity(ctx context.Context, user accounts.User) context.Context {
	return auth.WithUser(ctx, user.Identity())
}
