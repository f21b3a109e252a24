package proxy_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/gorilla/websocket"

	"example.com/pergola/cmd/dev/internal/proxy"
)

func TestServe_showsTheStartingPage(t *testing.T) {
	t.Parallel()
	f := proxy.New()
	f.Step("building the application")
	server := serve(t, f)

	page := get(t, server.URL+"/", "text/html")

	if page.status != http.StatusServiceUnavailable || page.find("[data-dev-step]") != "building the application" {
		t.Errorf("page = %d %q, want 503 with the current step", page.status, page.find("[data-dev-step]"))
	}
	if assets := get(t, server.URL+"/assets/app.css", "text/css"); assets.status != http.StatusServiceUnavailable {
		t.Errorf("asset = %d, want 503", assets.status)
	}
}

func TestServe_forwardsRequestsUnchanged(t *testing.T) {
	t.Parallel()
	f := proxy.New()
	server := serve(t, f)
	var host, origin, path string
	f.Open(application(t, func(w http.ResponseWriter, r *http.Request) {
		host, origin, path = r.Host, r.Header.Get("Origin"), r.URL.EscapedPath()
		_, _ = io.Copy(w, r.Body)
	}))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/a%2Fb//c/../d", strings.NewReader("name=ada"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Origin", server.URL)

	answer := do(t, request)

	if answer.body != "name=ada" {
		t.Errorf("answer = %q, want the body that was sent", answer.body)
	}
	if want := "/a%2Fb//c/../d"; path != want {
		t.Errorf("path = %q, want %q as it was sent", path, want)
	}
	if want := strings.TrimPrefix(server.URL, "http://"); host != want || origin != server.URL {
		t.Errorf("Host, Origin = %q, %q, want %q, %q: the application compares them", host, origin, want, server.URL)
	}
}

func TestServe_forwardsWebSockets(t *testing.T) {
	t.Parallel()
	f := proxy.New()
	server := serve(t, f)
	f.Open(application(t, func(w http.ResponseWriter, r *http.Request) {
		upgrader := websocket.Upgrader{}
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		kind, message, err := conn.ReadMessage()
		if err == nil {
			_ = conn.WriteMessage(kind, message)
		}
	}))

	conn, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(server.URL, "http")+"/socket.io/", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	defer conn.Close()

	if err := conn.WriteMessage(websocket.TextMessage, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, message, err := conn.ReadMessage(); err != nil || string(message) != "hello" {
		t.Errorf("answer = %q, %v, want hello", message, err)
	}
}

func TestClose_makesRequestsWaitForTheNextApplication(t *testing.T) {
	t.Parallel()
	f := proxy.New()
	server := serve(t, f)
	f.Open(application(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "old") }))
	if got := get(t, server.URL+"/", "text/html").body; got != "old" {
		t.Fatalf("answer = %q, want old", got)
	}

	f.Close(time.Second)
	answers := make(chan string, 10)
	var asking sync.WaitGroup
	for range cap(answers) {
		asking.Go(func() {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/", strings.NewReader("new"))
			if err != nil {
				t.Error(err)
				return
			}
			answers <- do(t, request).body
		})
	}
	f.Open(application(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }))
	asking.Wait()

	for range cap(answers) {
		if got := <-answers; got != "new" {
			t.Errorf("answer = %q, want new", got)
		}
	}
}

func TestServe_retriesOnTheNextApplicationWhenTheOldOneStoppedListening(t *testing.T) {
	t.Parallel()
	f := proxy.New()
	server := serve(t, f)
	f.Open(unusedAddress(t))
	answered := make(chan string)
	go func() {
		request, err := http.NewRequest(http.MethodPost, server.URL+"/", strings.NewReader("form"))
		if err != nil {
			t.Error(err)
		}
		answered <- do(t, request).body
	}()
	next := application(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })

	for {
		f.Open(next)
		select {
		case got := <-answered:
			if got != "form" {
				t.Errorf("answer = %q, want the form that was sent", got)
			}
			return
		case <-time.After(10 * time.Millisecond): // the request may not have been sent yet
		}
	}
}

func TestClose_waitsForPendingResponses(t *testing.T) {
	t.Parallel()
	f := proxy.New()
	server := serve(t, f)
	asked, mayAnswer := make(chan struct{}), make(chan struct{})
	f.Open(application(t, func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-mayAnswer
		_, _ = io.WriteString(w, "done")
	}))
	answered := make(chan string)
	go func() { answered <- get(t, server.URL+"/", "text/html").body }()
	<-asked

	closed := make(chan struct{})
	go func() {
		f.Close(time.Hour)
		close(closed)
	}()

	select {
	case <-closed:
		t.Error("Close returned before the application had answered")
	case <-time.After(20 * time.Millisecond):
	}
	close(mayAnswer)
	<-closed
	if got := <-answered; got != "done" {
		t.Errorf("answer = %q, want done", got)
	}
}

func TestFail_respondsImmediately(t *testing.T) {
	t.Parallel()
	f := proxy.New()
	server := serve(t, f)
	f.Open(unusedAddress(t))

	f.Fail()

	if got := get(t, server.URL+"/fragment", "application/json"); got.status != http.StatusServiceUnavailable {
		t.Errorf("answer = %d %q, want 503", got.status, got.body)
	}
}

func TestReport_replacesPages(t *testing.T) {
	t.Parallel()
	f := proxy.New()
	server := serve(t, f)
	f.Open(application(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "application") }))

	f.Report([]proxy.Problem{{Title: "go build", Text: "blog.go:3:1: a < b & \"c\""}})

	page := get(t, server.URL+"/", "text/html")
	if page.status != http.StatusInternalServerError || page.find("h2") != "go build" || page.find("pre") != "blog.go:3:1: a < b & \"c\"" {
		t.Errorf("page = %d %q: %q, want 500 with the problem", page.status, page.find("h2"), page.find("pre"))
	}
	if policy := page.header.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("Content-Security-Policy = %q, want a strict one", policy)
	}
	if got := get(t, server.URL+"/", "*/*").status; got != http.StatusInternalServerError {
		t.Errorf("status for curl = %d, want 500: the application does not match its source", got)
	}
	if got := get(t, server.URL+"/assets/app.css", "text/css").body; got != "application" {
		t.Errorf("response to a background request = %q, want that of the application", got)
	}

	f.Report(nil)

	if got := get(t, server.URL+"/", "text/html").body; got != "application" {
		t.Errorf("page = %q, want that of the application", got)
	}
}

func TestEvents_notifyPages(t *testing.T) {
	t.Parallel()
	f := proxy.New()
	server := serve(t, f)
	events := listen(t, server.URL)
	first := events.state(t)

	f.Reload()
	reloaded := events.state(t)
	f.Report([]proxy.Problem{{Title: "go build", Text: "broken"}})
	broken := events.state(t)
	f.Restyle([]string{"/assets/app-12345678.css"})
	name, data := events.next(t)

	if first.Version == reloaded.Version {
		t.Errorf("version = %q before and after a reload, want it to change", first.Version)
	}
	if script := get(t, server.URL+"/dev/reload.js", "*/*").body; !strings.Contains(script, `"`+reloaded.Version+`"`) {
		t.Errorf("reload.js does not contain the version %q", reloaded.Version)
	}
	if len(broken.Problems) != 1 || broken.Problems[0].Text != "broken" {
		t.Errorf("problems = %v, want the one that was reported", broken.Problems)
	}
	if name != "styles" || data != `["/assets/app-12345678.css"]` {
		t.Errorf("event = %s %s, want the new style sheet", name, data)
	}
}

func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server
}

// application runs a handler and returns its address.
func application(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	return strings.TrimPrefix(serve(t, h).URL, "http://")
}

// unusedAddress is an address at which nothing listens.
func unusedAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) find(selector string) string {
	document, err := goquery.NewDocumentFromReader(strings.NewReader(a.body))
	if err != nil {
		return err.Error()
	}
	return document.Find(selector).Text()
}

func get(t *testing.T, url, accept string) answer {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", accept)
	return do(t, request)
}

func do(t *testing.T, request *http.Request) answer {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Error(err)
		return answer{}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return answer{response.StatusCode, response.Header, string(body)}
}

type events struct{ lines *bufio.Scanner }

func listen(t *testing.T, url string) events {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/dev/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return events{bufio.NewScanner(response.Body)}
}

func (e events) next(t *testing.T) (name, data string) {
	t.Helper()
	for e.lines.Scan() {
		line := e.lines.Text()
		if after, ok := strings.CutPrefix(line, "event: "); ok {
			name = after
		}
		if after, ok := strings.CutPrefix(line, "data: "); ok {
			data = after
		}
		if line == "" {
			return name, data
		}
	}
	t.Fatalf("the stream ended: %v", e.lines.Err())
	return "", ""
}

type pageState struct {
	Version  string          `json:"version"`
	Problems []proxy.Problem `json:"problems"`
}

func (e events) state(t *testing.T) pageState {
	t.Helper()
	name, data := e.next(t)
	var s pageState
	if err := json.Unmarshal([]byte(data), &s); name != "state" || err != nil {
		t.Fatalf("event = %s %s, want a state", name, data)
	}
	return s
}

// The application answers before it has read the request, and closes the connection.
func TestServe_forwardsAnEarlyRejection(t *testing.T) {
	t.Parallel()
	f := proxy.New()
	server := serve(t, f)
	f.Open(application(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
	}))

	for range 50 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/", strings.NewReader(strings.Repeat("x", 8<<20)))
		if err != nil {
			t.Fatal(err)
		}
		if answer := do(t, request); answer.status != http.StatusRequestEntityTooLarge {
			t.Fatalf("answer = %d %q, want 413", answer.status, answer.body)
		}
	}
}
