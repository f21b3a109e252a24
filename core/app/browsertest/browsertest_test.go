package browsertest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/pergola/core/app/browsertest"
)

func TestWindow_submitsAForm(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'; script-src 'none'; img-src data:")
		w.Header().Set("Content-Type", "text/html")
		if r.Method == http.MethodPost {
			_, _ = w.Write([]byte("<h1>Hello, " + r.FormValue("name") + "</h1>"))
			return
		}
		_, _ = w.Write([]byte(`<link rel=icon href="data:,"><form method=post action="/greet?x=1"><input name=name value=nobody><button>Go</button></form>`))
	}))
	t.Cleanup(server.Close)
	window := browsertest.Open(t)

	window.Goto(server.URL)
	window.Fill("[name=name]", "Ada")
	window.Click("button")
	window.WaitForText("h1", "Ada")

	if got := window.Text("h1"); got != "Hello, Ada" {
		t.Errorf("the heading is %q, want %q", got, "Hello, Ada")
	}
	if got := window.Path(); got != "/greet?x=1" {
		t.Errorf("the path is %q, want %q", got, "/greet?x=1")
	}
}

func TestTab_sharesCookiesOnlyWithinItsBrowser(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := "nobody"
		if cookie, err := r.Cookie("name"); err == nil {
			name = cookie.Value
		}
		http.SetCookie(w, &http.Cookie{Name: "name", Value: "Ada"})
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<link rel=icon href='data:,'><h1>" + name + "</h1>"))
	}))
	t.Cleanup(server.Close)
	first, other := browsertest.Open(t), browsertest.Open(t)

	first.Goto(server.URL)
	second := first.Tab()
	second.Goto(server.URL)
	other.Goto(server.URL)

	if first, second, other := first.Text("h1"), second.Text("h1"), other.Text("h1"); first != "nobody" || second != "Ada" || other != "nobody" {
		t.Errorf("first sees %q, its second tab %q, another browser %q", first, second, other)
	}
}
