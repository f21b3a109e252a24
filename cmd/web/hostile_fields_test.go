package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/app/apptest"
	_ "example.com/pergola/features/blog" // the pages under test
)

// Mass assignment: fields that the form does not have, but the database does.
func TestHostile_ignoresUnknownFields(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	more := url.Values{
		"role": {"admin"}, "roles": {"admin", "editor"}, "Roles": {"admin"}, "user.roles": {"admin"}, "roles[]": {"admin"}, "is_admin": {"true"},
		"id": {"0190a000-0000-7000-8000-000000000001"}, "user_id": {"0190a000-0000-7000-8000-000000000001"}, "author_id": {"0190a000-0000-7000-8000-000000000001"},
		"authorName": {"Nobody"}, "author_name": {"Nobody"}, "state": {"published"}, "published_at": {"2000-01-01"}, "html": {"<script>1</script>"}, "created_at": {"2000-01-01"},
	}
	with := func(fields url.Values) url.Values {
		for name, values := range more {
			fields[name] = values
		}
		return fields
	}
	eve := apptest.NewClient(t, s.URL)
	eve.Post("/sign-up", with(url.Values{"email": {"eve@example.com"}, "name": {"Eve"}, "password": {"correct-horse-battery"}}))
	eve.Post("/sign-in", with(url.Values{"email": {"eve@example.com"}, "password": {"correct-horse-battery"}}))
	eve.Post("/account/name", with(url.Values{"name": {"Eva"}}))
	// Query parameters are not form fields.
	eve.Post("/account/name?name=Mallory", url.Values{})

	editor := s.signIn(t, ada)
	draft := editor.Post("/desk/articles", with(url.Values{"title": {"Mine"}, "body": {"Words."}}))

	var name, roles, state, author string
	query(t, s, func(db *pgx.Conn) error {
		err := db.QueryRow(t.Context(), `select name, array_to_string(roles, ',') from accounts_users where email = 'eve@example.com'`).Scan(&name, &roles)
		if err != nil {
			return err
		}
		return db.QueryRow(t.Context(), `select state, author_name from blog_articles where title = 'Mine'`).Scan(&state, &author)
	})
	if name != "Eva" || roles != "reader" {
		t.Errorf("Eve is %q with the roles %q, want Eva, a reader", name, roles)
	}
	if state != "draft" || author == "Nobody" || draft.Status != http.StatusOK {
		t.Errorf("the article is %s by %s (status %d), want Ada's draft", state, author, draft.Status)
	}
	if page := eve.Get("/admin/users"); page.Status != http.StatusForbidden {
		t.Errorf("Eve gets the list of users: status %d", page.Status)
	}
}

// The log contains no passwords, session tokens or query strings, and clients
// cannot inject lines into it.
func TestHostile_logsNoSecretsAndNoForgedLines(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"json", "text"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			var log lockedBuffer
			address := freeAddress(t)
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan int, 1)
			env := environmentOf(map[string]string{"APP_ENV": "development", "DATABASE_URL": newDatabase(t), "ADDR": address, "LOG_LEVEL": "debug", "LOG_FORMAT": format,
				"BASE_URL": "http://" + address})
			go func() { ended <- run(ctx, nil, env, &log, &log) }()
			waitReady(t, "http://"+address+"/readyz")
			s := &site{URL: "http://" + address, config: Config{Addr: address}}

			client := s.signIn(t, ada)
			token := client.Cookies()[0].Value
			s.socket(t, client).MustSubscribe("blog.desk")
			client.Get("/?after=a-secret-in-a-query")
			client.Post("/account/password", url.Values{"current_password": {"a-wrong-secret"}, "new_password": {"another-secret-word"}})
			client.Post("/sign-up", url.Values{"email": {"eve@example.com"}, "name": {"Eve"}, "password": {"yet-another-secret"}})
			s.ask(t, client, http.MethodGet, "/forged%0Alevel=ERROR%20msg=forged", "", header{"User-Agent", "forged\x1b[31m"}, header{"X-Request-Id", "forged"})
			stop()
			if code := <-ended; code != 0 {
				t.Errorf("code = %d", code)
			}

			text := log.String()
			if !strings.Contains(text, "/sign-in") {
				t.Fatalf("the log does not contain the requests:\n%s", text)
			}
			for _, secret := range []string{samplePassword, token, "a-secret-in-a-query", "a-wrong-secret", "another-secret-word", "yet-another-secret", ada, "eve@example.com"} {
				if strings.Contains(text, secret) {
					t.Errorf("the log contains %q", secret)
				}
			}
			for line := range strings.Lines(text) {
				if strings.HasPrefix(line, "level=ERROR") || strings.Contains(line, "msg=forged\n") || strings.Contains(line, "\x1b[31mforged") {
					t.Errorf("a client injected a line into the log: %s", line)
				}
			}
		})
	}
}
