package auth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/migrations"
)

// queryCounter counts statements as the driver sends them.
type queryCounter struct{ queries atomic.Int64 }

func (c *queryCounter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.queries.Add(1)
	return ctx
}

func (c *queryCounter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func insertUser(t *testing.T, db *database.DB, id string) {
	t.Helper()
	const query = `insert into accounts_users (id, email, name, roles, search_text, created_at, updated_at)
		values ($1, 'ada@example.com', 'Ada', '{reader}', '', now(), now())`
	if _, err := db.Exec(t.Context(), query, id); err != nil {
		t.Fatal(err)
	}
}

// userOf is the user and the status that a page request with this cookie sees.
func userOf(t *testing.T, sessions *auth.Sessions, cookie *http.Cookie) (user auth.User, answer *http.Response) {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if cookie != nil {
		request.AddCookie(cookie)
	}
	recorder := httptest.NewRecorder()
	sessions.Middleware(sayKind)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		user = auth.CurrentUser(r.Context())
	})).ServeHTTP(recorder, request)
	return user, recorder.Result()
}

func TestMiddleware_asksPostgresOnceOrNotAtAll(t *testing.T) {
	t.Parallel()
	counter := &queryCounter{}
	db := databasetest.New(t, migrations.FS, database.WithTracer(counter))
	insertUser(t, db, ada)
	sessions := auth.NewSessions(auth.NewPostgresStore(db), auth.NoWatcher{}, auth.Options{})
	cookie := authtest.Cookie(t, sessions, ada)

	for name, test := range map[string]struct {
		cookie *http.Cookie
		want   int64
	}{
		"a visitor":               {nil, 0},
		"a visitor with garbage":  {&http.Cookie{Name: cookie.Name, Value: "garbage"}, 0},
		"a user":                  {cookie, 1},
		"the same user once more": {cookie, 1},
	} {
		before := counter.queries.Load()
		user, _ := userOf(t, sessions, test.cookie)
		if got := counter.queries.Load() - before; got != test.want || user.SignedIn() != (test.want == 1) {
			t.Errorf("%s cost %d queries and is %+v, want %d", name, got, user, test.want)
		}
	}
}

func TestMiddleware_survivesAnOutageOfPostgres(t *testing.T) {
	t.Parallel()
	server := databasetest.NewServer(t, migrations.FS)
	db, err := database.Open(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	insertUser(t, db, ada)
	sessions := auth.NewSessions(auth.NewPostgresStore(db), auth.NoWatcher{}, auth.Options{})
	cookie := authtest.Cookie(t, sessions, ada)

	server.Stop()
	_, during := userOf(t, sessions, cookie)
	_, visitors := userOf(t, sessions, nil)
	server.Start()
	after, _ := userOf(t, sessions, cookie)

	if during.StatusCode != http.StatusServiceUnavailable || len(during.Cookies()) != 0 {
		t.Errorf("during the outage: status %d, cookies %v, want 503 and none", during.StatusCode, during.Cookies())
	}
	if visitors.StatusCode != http.StatusOK {
		t.Errorf("visitors during the outage: status %d, want 200", visitors.StatusCode)
	}
	if after.ID != ada {
		t.Errorf("after the outage: %+v, want Ada to be signed in still", after)
	}
}
