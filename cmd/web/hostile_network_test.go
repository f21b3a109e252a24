package main

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/database/databasetest"
	_ "example.com/pergola/features/blog" // the pages under test
	"example.com/pergola/migrations"
)

// proxy is a TCP proxy in front of the site or its database that can drop or stall
// connections.
type proxy struct {
	target   string
	listener net.Listener

	mu      sync.Mutex
	running chan struct{} // closed while the proxy forwards bytes
	conns   map[net.Conn]bool
}

// newProxy starts a proxy in front of the host of a URL and returns the URL
// through the proxy.
func newProxy(t *testing.T, target string) (*proxy, string) {
	t.Helper()
	address, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &proxy{target: address.Host, listener: listener, running: make(chan struct{}), conns: map[net.Conn]bool{}}
	close(c.running)
	go c.accept()
	t.Cleanup(func() {
		_ = listener.Close()
		c.resume()
		c.dropAll()
	})
	address.Host = listener.Addr().String()
	return c, address.String()
}

func (c *proxy) accept() {
	for {
		client, err := c.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", c.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		c.mu.Lock()
		c.conns[client], c.conns[server] = true, true
		c.mu.Unlock()
		go c.forward(client, server)
		go c.forward(server, client)
	}
}

func (c *proxy) forward(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	packet := make([]byte, 16<<10)
	for {
		n, err := from.Read(packet)
		<-c.unstalled()
		if n > 0 {
			if _, err := to.Write(packet[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (c *proxy) unstalled() chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.running
}

// stall stops forwarding until resume.
func (c *proxy) stall() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running = make(chan struct{})
}

func (c *proxy) resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.running:
	default:
		close(c.running)
	}
}

// dropAll resets every connection.
func (c *proxy) dropAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.conns {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // reset the connection instead of closing it
		}
		_ = conn.Close()
	}
	clear(c.conns)
}

func TestHostile_survivesDroppedDatabaseConnections(t *testing.T) {
	t.Parallel()
	proxy, address := newProxy(t, databasetest.URL(t, databasetest.New(t, migrations.FS)))
	s := startSite(t, func(config *Config) { config.DatabaseURL = address })
	editor := s.signIn(t, ada)
	socket := s.socket(t, s.signIn(t, grace))
	socket.MustSubscribe("blog.article.feed")
	writing := &drafts{t: t, site: s, editor: editor}
	stop := writing.keepWriting(4)
	t.Cleanup(stop)

	for range 20 {
		before, _ := writing.counts()
		waitUntil(t, "drafts are saved", func() bool { done, _ := writing.counts(); return done > before+4 })
		proxy.dropAll()
	}
	stop()

	writing.checkStored(t)
	if page := editor.Get("/account"); page.Path != "/account" {
		t.Errorf("the editor was signed out: %s", page.Path)
	}
	if err := socket.Sync(); err != nil {
		t.Errorf("the socket was disconnected: %v", err)
	}
}

// A hanging database delays only requests that need it, and only for a bounded
// time.
func TestHostile_survivesAHangingDatabase(t *testing.T) {
	t.Parallel()
	proxy, address := newProxy(t, databasetest.URL(t, databasetest.New(t, migrations.FS)))
	s := startSite(t, builtAssets(t), func(config *Config) { config.DatabaseURL = address })
	editor := s.signIn(t, ada)
	socket := s.socket(t, s.signIn(t, grace))
	socket.MustSubscribe("blog.article.feed")
	asset := apptest.NewClient(t, s.URL).Get("/").Find("link[rel=stylesheet]").AttrOr("href", "")
	writing := &drafts{t: t, site: s, editor: editor}

	proxy.stall()
	var pending sync.WaitGroup
	for n := range 20 {
		pending.Go(func() { writing.save("Draft " + strings.Repeat("I", n+1)) })
	}
	waitUntil(t, "requests without a connection fail", func() bool { _, rejected := writing.counts(); return rejected > 0 })
	for _, path := range []string{"/healthz", asset} {
		if got := s.ask(t, nil, http.MethodGet, path, ""); got.Status != http.StatusOK {
			t.Errorf("%s: status %d", path, got.Status)
		}
	}
	if got := s.ask(t, nil, http.MethodGet, "/readyz", ""); got.Status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: status %d, want 503", got.Status)
	}
	if err := socket.Sync(); err != nil {
		t.Errorf("the socket stopped responding: %v", err)
	}
	proxy.resume()
	pending.Wait()

	writing.checkStored(t)
	waitUntil(t, "the site is ready", func() bool { return s.ask(t, nil, http.MethodGet, "/readyz", "").Status == http.StatusOK })
	if page := editor.Get("/desk"); page.Status != http.StatusOK {
		t.Errorf("the desk responds with %d afterwards", page.Status)
	}
}
