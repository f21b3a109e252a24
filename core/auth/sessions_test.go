package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/fault"
	"example.com/pergola/migrations"
)

// site is a small application with sessions. The test keeps the cookies.
type site struct {
	t          *testing.T
	db         *database.DB
	statements *statements
	watcher    *authtest.Watcher
	sessions   *auth.Sessions
}

const ada = "0190b3a0-0000-7000-8000-00000000ada0"

func newSite(t *testing.T) *site { return newSiteWith(t, auth.Options{}) }

func newSiteWith(t *testing.T, options auth.Options) *site {
	statements := &statements{}
	s := &site{t: t, db: databasetest.New(t, migrations.FS, database.WithTracer(statements)), statements: statements, watcher: authtest.NewWatcher()}
	insertUser(t, s.db, auth.User{ID: ada, Email: "ada@example.com", Name: "Ada", Roles: []string{auth.RoleReader}})
	s.sessions = auth.NewSessions(auth.NewStore(s.db), s.watcher, options)
	return s
}

// statements counts the statements on sessions, as the driver sends them.
type statements struct{ reads, writes atomic.Int64 }

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	switch sql := strings.TrimSpace(data.SQL); {
	case !strings.Contains(sql, "auth_sessions"):
	case strings.HasPrefix(sql, "select"):
		s.reads.Add(1)
	default:
		s.writes.Add(1)
	}
	return ctx
}

func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// visit sends a request with these cookies to a page that runs do.
func (s *site) visit(do http.HandlerFunc, cookies ...*http.Cookie) *http.Response {
	s.t.Helper()
	request := httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, "/", nil)
	for _, cookie := range cookies {
		request.AddCookie(cookie)
	}
	recorder := httptest.NewRecorder()
	s.sessions.Middleware(onError)(do).ServeHTTP(recorder, request)
	return recorder.Result()
}

// onError responds with the kind of the error.
func onError(w http.ResponseWriter, _ *http.Request, err error) {
	status := map[fault.Kind]int{
		fault.Unavailable: http.StatusServiceUnavailable, fault.Unauthenticated: http.StatusUnauthorized, fault.Forbidden: http.StatusForbidden,
	}[fault.KindOf(err)]
	http.Error(w, string(fault.KindOf(err)), max(status, http.StatusBadRequest))
}

func (s *site) signIn(cookies ...*http.Cookie) *http.Cookie {
	s.t.Helper()
	response := s.visit(func(_ http.ResponseWriter, r *http.Request) {
		if err := s.sessions.SignIn(r.Context(), ada); err != nil {
			s.t.Errorf("SignIn: %v", err)
		}
	}, cookies...)
	cookie := cookieOf(response)
	if cookie == nil || cookie.Value == "" {
		s.t.Fatal("SignIn sent no cookie")
	}
	return cookie
}

// who returns the user that a page sees in a request with this cookie.
func (s *site) who(cookie *http.Cookie) (user auth.User, sessionID string) {
	s.t.Helper()
	s.visit(func(_ http.ResponseWriter, r *http.Request) {
		user, sessionID = auth.CurrentUser(r.Context()), s.sessions.CurrentID(r.Context())
	}, cookie)
	return user, sessionID
}

// cookieOf returns the last cookie of a response, which is the one browsers keep.
func cookieOf(response *http.Response) *http.Cookie {
	cookies := response.Cookies()
	if len(cookies) == 0 {
		return nil
	}
	return cookies[len(cookies)-1]
}

func page(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("page")) }

func TestMiddleware_runsNoQueryForVisitors(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	response := s.visit(func(w http.ResponseWriter, r *http.Request) {
		if auth.CurrentUser(r.Context()).SignedIn() || s.sessions.PopFlash(r.Context()) != "" {
			t.Error("a visitor without a cookie is signed in")
		}
		page(w, r)
	})

	if got := response.Header.Values("Set-Cookie"); len(got) != 0 {
		t.Errorf("Set-Cookie = %q, want none", got)
	}
	if s.statements.reads.Load() != 0 || s.statements.writes.Load() != 0 {
		t.Errorf("%d reads and %d writes, want none", s.statements.reads.Load(), s.statements.writes.Load())
	}
	if response.Header.Get("Vary") != "Cookie" {
		t.Error("the response lacks Vary: Cookie")
	}
}

func TestSignIn_setsASecureCookie(t *testing.T) {
	t.Parallel()
	s := newSiteWith(t, auth.Options{Secure: true})

	cookie := s.signIn()

	if cookie.Name != "__Host-pergola_session" || !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode ||
		cookie.Path != "/" || cookie.Domain != "" || cookie.MaxAge < 29*24*3600 {
		t.Errorf("cookie = %+v", cookie)
	}
}

func TestSignIn_costsTheNextRequestOneQuery(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	cookie := s.signIn()
	before := s.statements.reads.Load()

	user, sessionID := s.who(cookie)

	if user.ID != ada || user.Email != "ada@example.com" || sessionID == "" {
		t.Errorf("user = %+v in session %q, want Ada", user, sessionID)
	}
	if got := s.statements.reads.Load() - before; got != 1 {
		t.Errorf("%d queries, want 1", got)
	}
	if got := s.statements.writes.Load(); got != 1 {
		t.Errorf("%d writes, want only that of the sign-in", got)
	}
}

func TestSignIn_acceptsNoTokenFromTheClient(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	planted := cookieOf(s.visit(func(_ http.ResponseWriter, r *http.Request) { s.sessions.Flash(r.Context(), "Hello.") }))
	invented := &http.Cookie{Name: "pergola_session", Value: strings.Repeat("A", 43)}

	for name, cookie := range map[string]*http.Cookie{"a visitor's": planted, "a made-up": invented} {
		fresh := s.signIn(cookie)

		if fresh.Value == cookie.Value {
			t.Errorf("%s token became that of a signed-in session", name)
		}
		if user, _ := s.who(cookie); user.SignedIn() {
			t.Errorf("%s token is signed in", name)
		}
	}
}

func TestSignIn_endsThePreviousSession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first := s.signIn()
	_, firstID := s.who(first)

	second := s.signIn(first)

	_, secondID := s.who(second)
	if user, _ := s.who(first); user.SignedIn() || firstID == secondID {
		t.Errorf("the previous session continues; ids %s and %s", firstID, secondID)
	}
	if want := []string{"session ended " + firstID}; !slices.Equal(s.watcher.Calls(), want) {
		t.Errorf("watcher calls %q, want %q", s.watcher.Calls(), want)
	}
}

func TestRenew_changesTheTokenAndKeepsTheSession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	old := s.signIn()
	_, id := s.who(old)

	fresh := cookieOf(s.visit(func(_ http.ResponseWriter, r *http.Request) {
		if err := s.sessions.Renew(r.Context()); err != nil {
			t.Errorf("Renew: %v", err)
		}
	}, old))

	if fresh == nil || fresh.Value == old.Value {
		t.Fatalf("cookie = %v, want a new token", fresh)
	}
	if _, sameID := s.who(fresh); sameID != id {
		t.Errorf("session id = %s, want %s", sameID, id)
	}
	if user, _ := s.who(old); user.SignedIn() {
		t.Error("the old token is still valid")
	}
	if want := []string{"session ended " + id}; !slices.Equal(s.watcher.Calls(), want) {
		t.Errorf("watcher calls %q, want %q: sockets must reconnect", s.watcher.Calls(), want)
	}
}

func TestSignOut_endsTheSessionAndNotifiesTheWatcher(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	cookie := s.signIn()
	_, id := s.who(cookie)

	response := s.visit(func(_ http.ResponseWriter, r *http.Request) {
		if err := s.sessions.SignOut(r.Context()); err != nil {
			t.Errorf("SignOut: %v", err)
		}
	}, cookie)

	if cleared := cookieOf(response); cleared == nil || cleared.MaxAge >= 0 {
		t.Errorf("cookie = %v, want it cleared", cleared)
	}
	if user, _ := s.who(cookie); user.SignedIn() {
		t.Error("the token is still valid")
	}
	if want := []string{"session ended " + id}; !slices.Equal(s.watcher.Calls(), want) {
		t.Errorf("watcher calls %q, want %q", s.watcher.Calls(), want)
	}
}

func TestEnd_signsOutForTheCurrentSession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	here, there := s.signIn(), s.signIn()
	_, hereID := s.who(here)
	_, thereID := s.who(there)

	for _, id := range []string{thereID, hereID} {
		response := s.visit(func(_ http.ResponseWriter, r *http.Request) {
			if err := s.sessions.End(r.Context(), ada, id); err != nil {
				t.Errorf("End: %v", err)
			}
		}, here)
		if cleared := cookieOf(response) != nil; cleared != (id == hereID) {
			t.Errorf("cookie cleared: %v, want only for the session of the request", cleared)
		}
	}

	if want := []string{"session ended " + thereID, "session ended " + hereID}; !slices.Equal(s.watcher.Calls(), want) {
		t.Errorf("watcher calls %q, want %q", s.watcher.Calls(), want)
	}
}

func TestEndOthers_keepsTheCurrentSession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	here, there := s.signIn(), s.signIn()
	_, thereID := s.who(there)

	s.visit(func(_ http.ResponseWriter, r *http.Request) {
		if err := s.sessions.EndOthers(r.Context(), ada); err != nil {
			t.Errorf("EndOthers: %v", err)
		}
	}, here)

	if user, _ := s.who(there); user.SignedIn() {
		t.Error("the other session continues")
	}
	if user, _ := s.who(here); !user.SignedIn() {
		t.Error("the current session has ended")
	}
	if want := []string{"session ended " + thereID}; !slices.Equal(s.watcher.Calls(), want) {
		t.Errorf("watcher calls %q, want %q", s.watcher.Calls(), want)
	}
}

func TestEndAll_endsAllSessions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	here, there := s.signIn(), s.signIn()

	response := s.visit(func(_ http.ResponseWriter, r *http.Request) {
		if err := s.sessions.EndAll(r.Context(), ada); err != nil {
			t.Errorf("EndAll: %v", err)
		}
	}, here)

	if cookie := cookieOf(response); cookie == nil || cookie.MaxAge >= 0 {
		t.Errorf("cookie = %v, want it cleared", cookie)
	}
	for _, cookie := range []*http.Cookie{here, there} {
		if user, _ := s.who(cookie); user.SignedIn() {
			t.Error("a session continues")
		}
	}
	if want := []string{"user signed out " + ada}; !slices.Equal(s.watcher.Calls(), want) {
		t.Errorf("watcher calls %q, want %q", s.watcher.Calls(), want)
	}
}

func TestSessions_changeNothingAfterARollback(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	errBack := errors.New("back")
	for name, change := range map[string]func(context.Context) error{
		"SignIn":  func(ctx context.Context) error { return s.sessions.SignIn(ctx, ada) },
		"SignOut": s.sessions.SignOut,
		"Renew":   s.sessions.Renew,
		"EndAll":  func(ctx context.Context) error { return s.sessions.EndAll(ctx, ada) },
	} {
		cookie := s.signIn()

		response := s.visit(func(_ http.ResponseWriter, r *http.Request) {
			err := s.db.InTx(r.Context(), func(ctx context.Context) error { return errors.Join(change(ctx), errBack) })
			if !errors.Is(err, errBack) {
				t.Errorf("%s: InTx = %v", name, err)
			}
			s.sessions.Flash(r.Context(), "It did not work.")
		}, cookie)

		if got := cookieOf(response); got != nil {
			t.Errorf("%s: Set-Cookie %v after a rollback", name, got)
		}
		if user, _ := s.who(cookie); !user.SignedIn() {
			t.Errorf("%s: the session ended in spite of the rollback", name)
		}
	}
	if calls := s.watcher.Calls(); len(calls) != 0 {
		t.Errorf("watcher calls %q", calls)
	}
}

func TestMiddleware_clearsACookieWithoutASession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ended := s.signIn()
	s.visit(func(_ http.ResponseWriter, r *http.Request) { _ = s.sessions.SignOut(r.Context()) }, ended)
	for name, test := range map[string]struct {
		token   string
		queries int64
	}{
		"empty":   {"", 0},
		"garbage": {"not-a-token", 0},
		"huge":    {strings.Repeat("A", 100_000), 0},
		"binary":  {strings.Repeat("%00", 14) + "A", 0},
		"forged":  {strings.Repeat("A", 43), 1},
		"ended":   {ended.Value, 1},
	} {
		before := s.statements.reads.Load()

		response := s.visit(func(w http.ResponseWriter, r *http.Request) {
			if auth.CurrentUser(r.Context()).SignedIn() {
				t.Errorf("%s: a user is signed in", name)
			}
			page(w, r)
		}, &http.Cookie{Name: "pergola_session", Value: test.token})

		if cookie := cookieOf(response); cookie == nil || cookie.MaxAge >= 0 || response.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d, cookie %v, want the page and a cleared cookie", name, response.StatusCode, cookie)
		}
		if got := s.statements.reads.Load() - before; got != test.queries {
			t.Errorf("%s: %d queries, want %d", name, got, test.queries)
		}
	}
}

func TestMiddleware_keepsTheCookieOfAnotherApplicationOnTheHost(t *testing.T) {
	t.Parallel()
	first, second := newSiteWith(t, auth.Options{CookieName: "first"}), newSiteWith(t, auth.Options{CookieName: "second"})
	there := first.signIn()

	here := second.visit(page, there)

	if cookies := here.Cookies(); len(cookies) != 0 {
		t.Errorf("the second application sets %v, want the first one's cookie kept", cookies)
	}
}

func TestMiddleware_endsAnExpiredSession(t *testing.T) {
	t.Parallel()
	var passed atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }
	s := newSiteWith(t, auth.Options{Lifetime: time.Hour, Now: now})
	cookie := s.signIn()

	passed.Store(int64(59 * time.Minute))
	if user, _ := s.who(cookie); !user.SignedIn() {
		t.Error("the session ended too early")
	}
	passed.Store(int64(61 * time.Minute))
	if user, _ := s.who(cookie); user.SignedIn() {
		t.Error("the session continues after its end")
	}
}

func TestMiddleware_keepsUsersSignedInWhileTheDatabaseIsDown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	cookie := s.signIn()
	other, err := database.Open(t.Context(), databasetest.URL(t, s.db))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	s.db.Close()

	response := s.visit(func(http.ResponseWriter, *http.Request) { t.Error("the page was shown") }, cookie)

	if response.StatusCode != http.StatusServiceUnavailable || cookieOf(response) != nil {
		t.Errorf("status %d, cookie %v, want 503 and no cookie", response.StatusCode, cookieOf(response))
	}
	s.sessions = auth.NewSessions(auth.NewStore(other), s.watcher, auth.Options{})
	if user, _ := s.who(cookie); !user.SignedIn() {
		t.Error("the user was signed out")
	}
}

func TestMiddleware_replacesTheResponseIfTheSessionCannotBeSaved(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	response := s.visit(func(w http.ResponseWriter, r *http.Request) {
		s.sessions.Flash(r.Context(), "Saved.")
		s.db.Close()
		w.Header().Set("Location", "/elsewhere")
		w.Header().Set("Content-Length", "4")
		w.WriteHeader(http.StatusSeeOther)
		page(w, r)
	})

	body := readAll(t, response)
	if response.StatusCode != http.StatusServiceUnavailable || strings.Contains(body, "page") || response.Header.Get("Location") != "" || cookieOf(response) != nil {
		t.Errorf("status %d, headers %v, body %q, want only the error page", response.StatusCode, response.Header, body)
	}
}

func TestMiddleware_doesNotRestoreASessionThatEndedMeanwhile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	cookie := s.signIn()

	response := s.visit(func(w http.ResponseWriter, r *http.Request) {
		s.visit(func(_ http.ResponseWriter, other *http.Request) { _ = s.sessions.SignOut(other.Context()) }, cookie)
		s.sessions.Flash(r.Context(), "Late.")
		page(w, r)
	}, cookie)

	if body := readAll(t, response); body != "page" || cookieOf(response) != nil {
		t.Errorf("body %q, cookie %v, want the page and no cookie", body, cookieOf(response))
	}
	if user, _ := s.who(cookie); user.SignedIn() {
		t.Error("the ended session was restored")
	}
}

func TestMiddleware_doesNotSendAnOldTokenAfterARenewal(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	cookie := s.signIn()
	var renewed *http.Cookie

	late := s.visit(func(_ http.ResponseWriter, r *http.Request) {
		renewed = cookieOf(s.visit(func(_ http.ResponseWriter, other *http.Request) { _ = s.sessions.Renew(other.Context()) }, cookie))
		s.sessions.Flash(r.Context(), "Late.")
	}, cookie)

	if got := cookieOf(late); got != nil {
		t.Errorf("the late response sends %v, which would overwrite the new token", got)
	}
	if user, _ := s.who(renewed); !user.SignedIn() {
		t.Error("the renewed session has ended")
	}
}

func TestRenew_failsIfTheSessionEndedMeanwhile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	cookie := s.signIn()

	s.visit(func(_ http.ResponseWriter, r *http.Request) {
		s.visit(func(_ http.ResponseWriter, other *http.Request) { _ = s.sessions.SignOut(other.Context()) }, cookie)
		if err := s.sessions.Renew(r.Context()); !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("Renew = %v, want fault.Unauthenticated", err)
		}
	}, cookie)

	if user, _ := s.who(cookie); user.SignedIn() {
		t.Error("the ended session was restored")
	}
}

func TestSessions_stayEndedWhileManyRequestsUseThem(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	cookie := s.signIn()
	var requests sync.WaitGroup
	for i := range 16 {
		requests.Go(func() {
			s.visit(func(_ http.ResponseWriter, r *http.Request) {
				s.sessions.Flash(r.Context(), "Saved.")
				if i == 8 {
					if err := s.sessions.SignOut(r.Context()); err != nil {
						t.Errorf("SignOut: %v", err)
					}
				}
			}, cookie)
		})
	}
	requests.Wait()

	if user, _ := s.who(cookie); user.SignedIn() {
		t.Error("the session continues after a sign-out")
	}
	if left, err := s.sessions.List(t.Context(), ada); err != nil || len(left) != 0 {
		t.Errorf("List = %v, %v, want none", left, err)
	}
}

func TestFlash_isShownOnceAndThenClearsAVisitorsCookie(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	cookie := cookieOf(s.visit(func(_ http.ResponseWriter, r *http.Request) { s.sessions.Flash(r.Context(), "Saved.") }))
	var shown []string
	show := func(w http.ResponseWriter, r *http.Request) {
		shown = append(shown, s.sessions.PopFlash(r.Context()))
		page(w, r)
	}

	first := s.visit(show, cookie)
	s.visit(show, cookie)

	if !slices.Equal(shown, []string{"Saved.", ""}) {
		t.Errorf("shown %q, want it once", shown)
	}
	if cleared := cookieOf(first); cleared == nil || cleared.MaxAge >= 0 {
		t.Errorf("cookie = %v, want it cleared when there is no data left", cleared)
	}
	if cookie.MaxAge > 3601 {
		t.Errorf("a visitor's cookie lasts %d s, want an hour", cookie.MaxAge)
	}
}

func TestFlash_shownInTheSameRequestStoresNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	response := s.visit(func(_ http.ResponseWriter, r *http.Request) {
		s.sessions.Flash(r.Context(), "Saved.")
		s.sessions.PopFlash(r.Context())
	})

	if cookieOf(response) != nil || s.statements.writes.Load() != 0 {
		t.Errorf("cookie %v, %d writes, want none", cookieOf(response), s.statements.writes.Load())
	}
}

func TestSessions_withoutMiddleware(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	s.sessions.Flash(t.Context(), "Saved.")

	if s.sessions.PopFlash(t.Context()) != "" || s.sessions.CurrentID(t.Context()) != "" {
		t.Error("something is stored without a request")
	}
	for name, call := range map[string]func(context.Context) error{
		"SignIn":  func(ctx context.Context) error { return s.sessions.SignIn(ctx, ada) },
		"SignOut": s.sessions.SignOut,
		"Renew":   s.sessions.Renew,
	} {
		if call(t.Context()) == nil {
			t.Errorf("%s without a request: got no error", name)
		}
	}
	if err := s.sessions.EndAll(t.Context(), ada); err != nil {
		t.Errorf("EndAll without a request: %v", err)
	}
}

func TestList_returnsUserAgentAndAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	request.Header.Set("User-Agent", "Firefox\xff "+strings.Repeat("é", 400))
	request.RemoteAddr = "[2001:db8::1]:4711"
	s.sessions.Middleware(onError)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := s.sessions.SignIn(r.Context(), ada); err != nil {
			t.Errorf("SignIn: %v", err)
		}
	})).ServeHTTP(httptest.NewRecorder(), request)

	got, err := s.sessions.List(t.Context(), ada)

	if err != nil || len(got) != 1 || got[0].IP != "2001:db8::1" || len(got[0].UserAgent) > 400 || !strings.HasPrefix(got[0].UserAgent, "Firefox\uFFFD é") {
		t.Errorf("List = %+v, %v", got, err)
	}
}
