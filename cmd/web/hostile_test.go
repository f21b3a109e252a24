package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/app/apptest"
)

// The hostile tests attack the complete application. wantOrderly checks the rules
// for every response.

// answer is a response, without following redirects.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

func (a answer) page(t *testing.T) *goquery.Document {
	t.Helper()
	page, err := goquery.NewDocumentFromReader(strings.NewReader(a.Body))
	if err != nil {
		t.Fatalf("read the page: %v", err)
	}
	return page
}

// raw sends the bytes of a request unchanged on a new connection and returns the
// response.
func (s *site) raw(t *testing.T, request string) answer {
	t.Helper()
	conn, err := net.Dial("tcp", s.config.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(hostileTimeout)); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(conn, request) }() // the server may respond before it has read everything
	method, _, _ := strings.Cut(request, " ")
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("no response to %.80q: %v", request, err)
	}
	return readAnswer(t, response)
}

// hostileTimeout limits the wait for a response.
const hostileTimeout = 60 * time.Second

// header is the name and value of a request header.
type header [2]string

// from sets the client address of a request; see fromAddresses.
func from(n int) header {
	return header{"X-Test-Address", fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)}
}

// fromAddresses lets requests set their client address, as behind a proxy, so that
// rate limits don't apply to the test as one client.
func fromAddresses(config *Config) { config.ClientIPHeader = "X-Test-Address" }

// ask sends a request with the client's cookies, like a program that isn't a
// browser: without Origin and Sec-Fetch-Site. The client is nil for a visitor.
func (s *site) ask(t *testing.T, client *apptest.Client, method, target, body string, headers ...header) answer {
	t.Helper()
	var request strings.Builder
	fmt.Fprintf(&request, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", method, target, s.config.Addr)
	if client != nil {
		for _, cookie := range client.Cookies() {
			fmt.Fprintf(&request, "Cookie: %s\r\n", cookie)
		}
	}
	for _, h := range headers {
		fmt.Fprintf(&request, "%s: %s\r\n", h[0], h[1])
	}
	if (body != "" || method == http.MethodPost) && !slices.ContainsFunc(headers, hasLength) {
		fmt.Fprintf(&request, "Content-Length: %d\r\n", len(body))
	}
	return s.raw(t, request.String()+"\r\n"+body)
}

func hasLength(h header) bool { return h[0] == "Transfer-Encoding" || h[0] == "Content-Length" }

var asForm = header{"Content-Type", "application/x-www-form-urlencoded"}

func readAnswer(t *testing.T, response *http.Response) answer {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		t.Fatalf("read the response: %v", err)
	}
	return answer{Status: response.StatusCode, Header: response.Header, Body: string(body)}
}

// wantOrderly checks the rules for every response: no server error, a content type,
// and no redirect to another site.
func wantOrderly(t *testing.T, what string, got answer) {
	t.Helper()
	if got.Status >= 500 {
		t.Errorf("%s: status %d:\n%s", what, got.Status, got.page(t).Find("main").Text())
	}
	if got.Body != "" && got.Header.Get("Content-Type") == "" {
		t.Errorf("%s: no Content-Type", what)
	}
	if location := got.Header.Get("Location"); location != "" && (!strings.HasPrefix(location, "/") || strings.HasPrefix(location, "//") || strings.Contains(location, `\`)) {
		t.Errorf("%s: redirects to %q, which may be another site", what, location)
	}
}

// route is an entry in a feature's routes.go.
type route struct{ method, pattern string }

// routes returns the routes of all features, so that new routes are tested too.
func (s *site) routes(t *testing.T) []route {
	t.Helper()
	var all []route
	router := chi.NewRouter()
	for _, manifest := range s.application.Manifests {
		if manifest.Routes != nil {
			manifest.Routes(router)
		}
	}
	err := chi.Walk(router, func(method, pattern string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		all = append(all, route{method, pattern})
		return nil
	})
	if err != nil || len(all) < 20 {
		t.Fatalf("the features have %d routes, %v", len(all), err)
	}
	return all
}

// handshake returns a request to upgrade a connection to a WebSocket.
func handshake(s *site, target string, headers []header) string {
	request := "GET " + target + " HTTP/1.1\r\nHost: " + s.config.Addr + "\r\nConnection: Upgrade\r\n"
	for _, h := range headers {
		request += h[0] + ": " + h[1] + "\r\n"
	}
	return request + "\r\n"
}
