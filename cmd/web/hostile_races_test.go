package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

// concurrently calls do n times at the same moment.
func concurrently(n int, do func(i int)) {
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		group.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	group.Wait()
}

func TestHostile_publishesOnceInARace(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	editor := s.signIn(t, ada)
	listener := s.socket(t, apptest.NewClient(t, s.URL))
	listener.MustSubscribe("blog.article.feed")
	draft := editor.Submit(editor.Get("/desk/articles/new"), "#article-form", map[string]string{"title": "Only once", "body": "Words."})
	action := draft.Find("#article-form button[formaction$='/publish']").AttrOr("formaction", "")
	version := draft.Find("#article-form input[name=version]").AttrOr("value", "")
	form := url.Values{"version": {version}, "title": {"Only once"}, "body": {"Words."}}.Encode()
	const editors = 8
	clients := make([]*apptest.Client, editors)
	for i := range clients {
		clients[i] = s.signIn(t, ada)
	}

	statuses := make([]int, editors)
	concurrently(editors, func(i int) { statuses[i] = s.ask(t, clients[i], http.MethodPost, action, form, asForm).Status })

	count := map[int]int{}
	for _, status := range statuses {
		count[status]++
	}
	if count[http.StatusSeeOther] != editors {
		t.Errorf("statuses %v, want 303 for all: the same editor repeats the same request", count)
	}
	if got := realtimetest.Next(listener, blog.ArticleFeedChannel).Payload; got.Title != "Only once" {
		t.Errorf("received %+v", got)
	}
	listener.ExpectNothing("blog.article.feed")
	if n := strings.Count(editor.Get("/").Find("#feed").Text(), "Only once"); n != 1 {
		t.Errorf("the front page shows it %d times", n)
	}
}

func TestHostile_createsOneAccountInARace(t *testing.T) {
	t.Parallel()
	s := startSite(t, fromAddresses)
	const people = 2 // as many as passwords are hashed concurrently, so that neither waits
	pages := make([]string, people)
	statuses := make([]int, people)

	concurrently(people, func(i int) {
		form := url.Values{"email": {"Eve@Example.com"}, "name": {fmt.Sprint("Eve ", i)}, "password": {fmt.Sprint("correct-horse-", i)}}
		got := s.ask(t, nil, http.MethodPost, "/sign-up", form.Encode(), asForm, from(i))
		statuses[i], pages[i] = got.Status, got.Body+got.Header.Get("Location")
	})

	for i := range people {
		if statuses[i] != http.StatusSeeOther || pages[i] != pages[0] {
			t.Errorf("response %d reveals whether the address was taken: status %d, %q, want %q", i, statuses[i], pages[i], pages[0])
		}
	}
	accounts, worked := 0, 0
	query(t, s, func(db *pgx.Conn) error {
		return db.QueryRow(t.Context(), `select count(*) from accounts_users where lower(email) = 'eve@example.com'`).Scan(&accounts)
	})
	for i := range people {
		page := apptest.NewClient(t, s.URL).Post("/sign-in", url.Values{"email": {"eve@example.com"}, "password": {fmt.Sprint("correct-horse-", i)}})
		if page.Path != "/sign-in" {
			worked++
		}
	}
	if accounts != 1 || worked != 1 {
		t.Errorf("there are %d accounts, and %d of the passwords work; want one of each", accounts, worked)
	}
}

// Permissions are checked when a form is submitted, not only when it is shown.
func TestHostile_rejectsAFormAfterTheRoleIsRevoked(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	editor, admin := s.signIn(t, ada), s.signIn(t, alan)
	form := editor.Get("/desk/articles/new")
	written := editor.Submit(form, "#article-form", map[string]string{"title": "In time", "body": "Words."})
	listener := s.socket(t, apptest.NewClient(t, s.URL))
	listener.MustSubscribe("blog.article.feed")

	revokeEditor(t, admin, ada)

	late := editor.Submit(form, "#article-form", map[string]string{"title": "Too late", "body": "Words."})
	publication := editor.SubmitTo(written, "#article-form", written.Find("#article-form button[formaction$='/publish']").AttrOr("formaction", ""), nil)
	deletion := editor.Post(strings.TrimSuffix(strings.Split(written.Path, "?")[0], "/edit")+"/delete", url.Values{"version": {"1"}})
	for what, page := range map[string]apptest.Page{"saving": late, "publishing": publication, "deleting": deletion} {
		if page.Status != http.StatusForbidden {
			t.Errorf("%s: status %d, want 403", what, page.Status)
		}
	}
	listener.ExpectNothing("blog.article.feed")
	var drafts, published int
	query(t, s, func(db *pgx.Conn) error {
		return db.QueryRow(t.Context(), `select count(*) filter (where title = 'In time'), count(*) filter (where title = 'Too late' or title = 'In time' and state = 'published') from blog_articles`).Scan(&drafts, &published)
	})
	if drafts != 1 || published != 0 {
		t.Errorf("%d earlier drafts and %d later changes are stored, want 1 and 0", drafts, published)
	}
}

// A former administrator can't grant roles, not even from a page that is still
// open.
func TestHostile_rejectsRoleGrantsByAFormerAdministrator(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	admin := s.signIn(t, alan)
	page := admin.Get("/admin/users?q=" + url.QueryEscape(grace))
	grant := page.Find("form[action$='/roles/grant']").First().AttrOr("action", "")
	if grant == "" {
		t.Fatalf("the users page has no form to grant a role:\n%s", page.Find("main").Text())
	}
	query(t, s, func(db *pgx.Conn) error {
		_, err := db.Exec(t.Context(), `update accounts_users set roles = '{reader}' where email = $1`, alan)
		return err
	})

	answer := admin.Post(grant, url.Values{"role": {"admin"}})

	if answer.Status != http.StatusForbidden {
		t.Errorf("status %d, want 403", answer.Status)
	}
	var admins int
	query(t, s, func(db *pgx.Conn) error {
		return db.QueryRow(t.Context(), `select count(*) from accounts_users where 'admin' = any(roles)`).Scan(&admins)
	})
	if admins != 0 {
		t.Errorf("there are %d administrators", admins)
	}
}
