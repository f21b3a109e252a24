package app_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/app"
	"example.com/pergola/core/respond"
)

// timeout is how long a test waits for the server.
const timeout = 30 * time.Second

// serve runs the application on a free port until the test ends.
func serve(t *testing.T, o app.Options) (addr string) {
	t.Helper()
	listener := listen(t)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- build(t, o).Run(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return listener.Addr().String()
}

// readForm parses the form, as every form handler does first.
func readForm(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		respond.New(respond.Options{}).Error(w, r, err)
	}
}

// exchange sends the text as it is, and returns everything that the server sends
// until it closes the connection.
func exchange(t *testing.T, addr, text string) string {
	t.Helper()
	conn := dial(t, addr)
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatalf("write: %v", err)
	}
	return untilClosed(t, conn)
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func untilClosed(t *testing.T, conn net.Conn) string {
	t.Helper()
	received, err := io.ReadAll(conn)
	if netErr, ok := errors.AsType[net.Error](err); ok && netErr.Timeout() {
		t.Fatalf("the server keeps the connection open after %q", received)
	}
	return string(received)
}

func TestServer_disconnectsSlowSenders(t *testing.T) {
	t.Parallel()
	o := options(t, func(r chi.Router) {
		r.Post("/", readForm)
		r.Post("/query", func(w http.ResponseWriter, r *http.Request) { // ignores the error of the body
			_ = r.ParseForm()
			<-r.Context().Done()
			respond.New(respond.Options{}).Error(w, r, fmt.Errorf("query: %w", r.Context().Err()))
		})
	})
	o.ReadHeaderTimeout, o.RequestTimeout, o.IdleTimeout = 100*time.Millisecond, 300*time.Millisecond, 200*time.Millisecond
	addr := serve(t, o)
	tests := map[string]struct{ sent, want string }{
		"nothing at all":        {"", ""},
		"half the headers":      {"POST / HTTP/1.1\r\nHost: a\r\nX-Slow: ", ""},
		"half a body":           {"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\na=", "HTTP/1.1 408"},
		"half a body, queried":  {"POST /query HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\na=", "HTTP/1.1 408"},
		"half a chunk":          {"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n10\r\na=", "HTTP/1.1 408"},
		"an idle connection":    {"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200"},
		"half a second request": {"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /", "HTTP/1.1 200"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := exchange(t, addr, test.sent); !strings.HasPrefix(got, test.want) {
				t.Errorf("got %q, want the connection closed after %q", got, test.want)
			}
		})
	}
}

func TestServer_disconnectsSlowReaders(t *testing.T) {
	t.Parallel()
	writeErr := make(chan error, 1)
	o := options(t, func(r chi.Router) {
		r.Get("/", func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
			_, err := io.Copy(w, endless{})
			writeErr <- err
		})
	})
	conn := dial(t, serve(t, o))

	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}

	select {
	case err := <-writeErr:
		if err == nil {
			t.Error("writing an endless response returned no error")
		}
	case <-time.After(timeout):
		t.Error("a client that does not read blocks its handler")
	}
}

func TestServer_rejectsInvalidHeaders(t *testing.T) {
	t.Parallel()
	o := options(t, func(r chi.Router) { r.Get("/", greet) })
	o.MaxHeader = 4 << 10
	addr := serve(t, o)
	many := strings.Repeat("X-Flood: "+strings.Repeat("y", 90)+"\r\n", 200)
	tests := map[string]struct{ head, want string }{
		"many fields":        {"GET / HTTP/1.1\r\nHost: a\r\n" + many + "\r\n", "431"},
		"one long field":     {"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=" + strings.Repeat("y", 20<<10) + "\r\n\r\n", "431"},
		"a long address":     {"GET /" + strings.Repeat("y", 20<<10) + " HTTP/1.1\r\nHost: a\r\n\r\n", "431"},
		"a field without :":  {"GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", "400"},
		"NUL in a field":     {"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", "400"},
		"no host":            {"GET / HTTP/1.1\r\n\r\n", "400"},
		"two hosts":          {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
		"two lengths":        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"},
		"a negative length":  {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "400"},
		"an unknown coding":  {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", "501"},
		"not HTTP":           {"\x16\x03\x01\x02\x00\x01\x00", "400"},
		"another version":    {"GET / HTTP/9.9\r\nHost: a\r\n\r\n", "505"},
		"a space in a field": {"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", "400"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, _, _ := strings.Cut(exchange(t, addr, test.head), "\r\n")
			if !strings.HasPrefix(status, "HTTP/1.1 "+test.want) {
				t.Errorf("got %q, want %s", status, test.want)
			}
		})
	}
}

// A proxy and the server may disagree whether a body ends by its length or by its
// chunks. No part of it may be read as another visitor's request.
func TestServer_preventsRequestSmuggling(t *testing.T) {
	t.Parallel()
	hits := make(chan string, 10)
	o := options(t, func(r chi.Router) {
		r.Post("/", readForm)
		r.Get("/smuggled", func(_ http.ResponseWriter, r *http.Request) { hits <- r.URL.Path })
	})
	addr := serve(t, o)

	received := exchange(t, addr, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"+
		"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

	reader := bufio.NewReader(strings.NewReader(received))
	first, err := http.ReadResponse(reader, nil)
	if err != nil || !first.Close {
		t.Errorf("the connection stays open after an ambiguous request: %q, %v", received, err)
	}
	if len(hits) > 0 {
		t.Error("the rest of the body was handled as a request")
	}
}

func TestServer_cancelsRequestsAfterTheTimeout(t *testing.T) {
	t.Parallel()
	o := options(t, nil)
	o.Manifests[0].Routes = func(r chi.Router) {
		r.Get("/", func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done() // a database that does not respond
			o.Respond.Error(w, r, fmt.Errorf("query: %w", r.Context().Err()))
		})
	}
	o.RequestTimeout = 50 * time.Millisecond
	addr := serve(t, o)

	response, err := http.Get("http://" + addr + "/")

	if err != nil {
		t.Fatalf("no response after the timeout: %v", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
		t.Errorf("status %d, Retry-After %q, want 503 and a Retry-After header", response.StatusCode, response.Header.Get("Retry-After"))
	}
}
