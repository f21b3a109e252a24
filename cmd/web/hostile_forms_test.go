package main

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"example.com/pergola/core/app/apptest"
)

// usersOfEveryRole returns a client for each kind of user.
func usersOfEveryRole(t *testing.T, s *site) map[string]*apptest.Client {
	t.Helper()
	return map[string]*apptest.Client{
		"a visitor":        nil,
		"a reader":         s.signIn(t, grace),
		"an editor":        s.signIn(t, ada),
		"an administrator": s.signIn(t, alan),
	}
}

// garbage replaces route parameters.
var garbage = []string{
	"%00", "%FF%FE", "..%2F..%2Fetc%2Fpasswd", "%2e%2e", "'%20or%201=1%20--", "0", "-1", "%F0%9F%92%A9",
	"0190a000-0000-7000-8000-00000000dead", "0190A000-0000-7000-8000-00000000DEAD%00", strings.Repeat("a", 5000), "%25s%25n", "a;b=c",
}

// garbageQuery sets every query parameter that a page reads, and unknown ones.
const garbageQuery = "?after=%00&older=%FF&newer=zzz&q=%00%25_%5C&state=%27&fragment=feed&next=//evil.example&page=-1&unknown=%FF;x=%zz"

func TestHostile_pagesHandleGarbageInURLs(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	routes := s.routes(t)
	for who, client := range usersOfEveryRole(t, s) {
		for _, route := range routes {
			if route.method != http.MethodGet {
				continue
			}
			for _, path := range withGarbage(route.pattern) {
				for _, query := range []string{"", garbageQuery} {
					what := fmt.Sprintf("%s gets %.80s", who, path+query)
					wantOrderly(t, what, s.ask(t, client, route.method, path+query, "", header{"Accept", "text/html"}))
				}
			}
		}
	}
}

// withGarbage returns paths that match a pattern, with garbage for its parameters.
func withGarbage(pattern string) []string {
	if !strings.Contains(pattern, "{") {
		return []string{pattern}
	}
	paths := make([]string, 0, len(garbage))
	for _, value := range garbage {
		path := pattern
		for strings.Contains(path, "{") {
			before, rest, _ := strings.Cut(path, "{")
			_, after, _ := strings.Cut(rest, "}")
			path = before + value + after
		}
		paths = append(paths, path)
	}
	return paths
}

// body is a malformed request body.
type body struct {
	contentType, content string
	readable             bool // contains valid, if unusual, form fields
}

// fieldNames lists the field names of all forms.
var fieldNames = []string{
	"email", "password", "name", "next", "title", "summary", "body", "version", "current_password", "new_password",
	"role", "back", "message", "text", "reason", "wants", "id", "q",
}

func everyField(value string) string {
	form := make([]string, 0, len(fieldNames))
	for _, name := range fieldNames {
		form = append(form, name+"="+value)
	}
	return strings.Join(form, "&")
}

func bodies(t *testing.T) map[string]body {
	t.Helper()
	const form = "application/x-www-form-urlencoded"
	var parts bytes.Buffer
	multi := multipart.NewWriter(&parts)
	for _, name := range fieldNames {
		if err := multi.WriteField(name, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if err := multi.Close(); err != nil {
		t.Fatal(err)
	}
	return map[string]body{
		"an empty body":                {"", "", false},
		"no fields":                    {form, "", false},
		"empty fields":                 {form, everyField(""), false},
		"fields that are not UTF-8":    {form, everyField("%FF%FE%C3%28"), false},
		"NUL in every field":           {form, everyField("a%00b"), false},
		"bytes that are not a form":    {form, "\x00\xff\xfe=\x00%", false},
		"broken escapes":               {form, everyField("%zz%"), false},
		"very long fields":             {form, everyField(strings.Repeat("x", 9000)), false},
		"a hundred thousand fields":    {form, strings.Repeat("a=1&", 100_000), false},
		"multipart":                    {multi.FormDataContentType(), parts.String(), false},
		"multipart without a boundary": {"multipart/form-data", parts.String(), false},
		"JSON":                         {"application/json", `{"email":"ada@example.com","password":{"$ne":null},"title":["a"],"version":1e400}`, false},
		"XML":                          {"application/xml", `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`, false},
		"another character set":        {form + "; charset=utf-16", "\xfe\xff\x00e\x00m", false},
		"an invalid content type":      {"x/y; ===", everyField("x"), false},
		"repeated fields":              {form, everyField("a") + "&" + everyField("b"), true},
		"numbers that are too large":   {form, everyField("99999999999999999999999999"), true},
		"bidi and control characters":  {form, everyField("%E2%80%AE%1B%5B2J%0D%0ASet-Cookie:%20a=b"), true},
	}
}

func TestHostile_formsHandleGarbageInput(t *testing.T) {
	t.Parallel()
	s := startSite(t, fromAddresses)
	routes, bodies, clients := s.routes(t), bodies(t), usersOfEveryRole(t, s)
	address := 0
	for who, client := range clients {
		for _, route := range routes {
			if route.method == http.MethodGet || endsTheSession(route.pattern) {
				continue
			}
			path := strings.NewReplacer("{id}", "0190a000-0000-7000-8000-00000000dead", "{", "", "}", "").Replace(route.pattern)
			for name, body := range bodies {
				address++
				got := s.ask(t, client, route.method, path, body.content, header{"Content-Type", body.contentType}, from(address))
				what := fmt.Sprintf("%s sends %s to %s", who, name, path)
				wantOrderly(t, what, got)
				if strings.Contains(strings.Join(got.Header.Values("Set-Cookie"), ""), "a=b") {
					t.Errorf("%s: a field was injected as a header: %v", what, got.Header)
				}
			}
		}
	}
	for who, client := range clients {
		if client != nil && client.Get("/account").Path != "/account" {
			t.Errorf("%s was signed out by garbage", who)
		}
	}
}

// endsTheSession reports whether a form without fields ends a session.
func endsTheSession(pattern string) bool {
	return pattern == "/sign-out" || strings.HasSuffix(pattern, "/sessions/end-others")
}

func TestHostile_rejectsMalformedForms(t *testing.T) {
	t.Parallel()
	s := startSite(t, fromAddresses)
	s.wantMalformedFormsRejected(t, map[string]string{"/sign-in": "a visitor", "/sign-up": "a visitor", "/account/name": "a reader"})
}

// wantMalformedFormsRejected posts malformed forms to each path as the given user.
func (s *site) wantMalformedFormsRejected(t *testing.T, paths map[string]string) {
	t.Helper()
	clients := usersOfEveryRole(t, s)
	address := 0
	for path, who := range paths {
		for name, body := range bodies(t) {
			if body.readable {
				continue
			}
			address++
			got := s.ask(t, clients[who], http.MethodPost, path, body.content, header{"Content-Type", body.contentType}, from(address))
			if got.Status < 400 || got.Status == http.StatusNotFound || got.page(t).Find("main h1").Length() == 0 {
				t.Errorf("%s sent to %s: status %d, want a page that explains the error", name, path, got.Status)
			}
		}
	}
}

func TestHostile_rejectsTooLargeForms(t *testing.T) {
	t.Parallel()
	s := startSite(t, fromAddresses)
	s.wantTooLargeFormsRejected(t, map[string]string{
		"/sign-in": "a visitor", "/sign-up": "a visitor", "/account/name": "a reader", "/account/password": "a reader", "/account/delete": "a reader",
		"/admin/users/x/roles/grant": "an administrator",
	})
}

// wantTooLargeFormsRejected posts a form of more than a megabyte to each path as
// the given user.
func (s *site) wantTooLargeFormsRejected(t *testing.T, paths map[string]string) {
	t.Helper()
	clients := usersOfEveryRole(t, s)
	content := "title=x&name=x&body=" + strings.Repeat("x", 1<<20)
	length := header{"Content-Length", strconv.Itoa(len(content))}
	for path, who := range paths {
		for encoding, send := range map[string]func() answer{
			"with Content-Length": func() answer { return s.ask(t, clients[who], http.MethodPost, path, content, asForm, length) },
			"in chunks": func() answer {
				return s.ask(t, clients[who], http.MethodPost, path, inChunks(content), asForm, header{"Transfer-Encoding", "chunked"})
			},
		} {
			got := send()
			if page := got.page(t); got.Status != http.StatusRequestEntityTooLarge || !strings.Contains(page.Find("main h1").Text(), "Too large") {
				t.Errorf("%s %s: status %d, page %q, want 413 and a page that explains it", path, encoding, got.Status, page.Find("main").Text())
			}
		}
	}
}

func inChunks(content string) string {
	var chunks strings.Builder
	for len(content) > 0 {
		n := min(len(content), 16<<10)
		fmt.Fprintf(&chunks, "%x\r\n%s\r\n", n, content[:n])
		content = content[n:]
	}
	return chunks.String() + "0\r\n\r\n"
}
