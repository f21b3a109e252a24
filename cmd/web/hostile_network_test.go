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

// cable is the network between the site and its database, which can be cut and
// held up.
type cable struct {
	target   string
	listener net.Listener

	mu      sync.Mutex
	flowing chan struct{} // closed while bytes may pass
	conns   map[net.Conn]bool
}

// newCable puts a cable before the database of a URL and returns the URL of its
// near end.
func newCable(t *testing.T, databaseURL string) (*cable, string) {
	t.Helper()
	address, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{target: address.Host, listener: listener, flowing: make(chan struct{}), conns: map[net.Conn]bool{}}
	close(c.flowing)
	go c.accept()
	t.Cleanup(func() {
		_ = listener.Close()
		c.release()
		c.cut()
	})
	address.Host = listener.Addr().String()
	return c, address.String()
}

func (c *cable) accept() {
	for {
		near, err := c.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", c.target)
		if err != nil {
			_ = near.Close()
			continue
		}
		c.mu.Lock()
		c.conns[near], c.conns[far] = true, true
		c.mu.Unlock()
		go c.carry(near, far)
		go c.carry(far, near)
	}
}

func (c *cable) carry(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	packet := make([]byte, 16<<10)
	for {
		n, err := from.Read(packet)
		<-c.open()
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

func (c *cable) open() chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flowing
}

// hold lets nothing pass until release.
func (c *cable) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flowing = make(chan struct{})
}

func (c *cable) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.flowing:
	default:
		close(c.flowing)
	}
}

// cut ends every connection, whatever is under way on it.
func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.conns {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset, not a farewell
		}
		_ = conn.Close()
	}
	clear(c.conns)
}

func TestHostile_survivesDroppedDatabaseConnections(t *testing.T) {
	t.Parallel()
	cable, address := newCable(t, databasetest.URL(t, databasetest.New(t, migrations.FS)))
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
		cable.cut()
	}
	stop()

	writing.checkStored(t)
	if page := editor.Get("/account"); page.Path != "/account" {
		t.Errorf("the editor was signed out: %s", page.Path)
	}
	if err := socket.Sync(); err != nil {
		t.Errorf("the socket is gone with the cable: %v", err)
	}
}

// A hanging database delays only requests that need it, and only for a bounded
// time.
func TestHostile_survivesAHangingDatabase(t *testing.T) {
	t.Parallel()
	cable, address := newCable(t, databasetest.URL(t, databasetest.New(t, migrations.FS)))
	s := startSite(t, builtAssets(t), func(config *Config) { config.DatabaseURL = address })
	editor := s.signIn(t, ada)
	socket := s.socket(t, s.signIn(t, grace))
	socket.MustSubscribe("blog.article.feed")
	asset := apptest.NewClient(t, s.URL).Get("/").Find("link[rel=stylesheet]").AttrOr("href", "")
	writing := &drafts{t: t, site: s, editor: editor}

	cable.hold()
	var pending sync.WaitGroup
	for n := range 20 {
		pending.Go(func() { writing.save("Draft " + strings.Repeat("I", n+1)) })
	}
	waitUntil(t, "requests without a connection fail", func() bool { _, refused := writing.counts(); return refused > 0 })
	for _, path := range []string{"/healthz", asset} {
		if got := s.ask(t, nil, http.MethodGet, path, ""); got.Status != http.StatusOK {
			t.Errorf("%s: status %d", path, got.Status)
		}
	}
	if got := s.ask(t, nil, http.MethodGet, "/readyz", ""); got.Status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: status %d, want 503", got.Status)
	}
	if err := socket.Sync(); err != nil {
		t.Errorf("the socket suffers: %v", err)
	}
	cable.release()
	pending.Wait()

	writing.checkStored(t)
	waitUntil(t, "the site is ready", func() bool { return s.ask(t, nil, http.MethodGet, "/readyz", "").Status == http.StatusOK })
	if page := editor.Get("/desk"); page.Status != http.StatusOK {
		t.Errorf("the desk answers %d afterwards", page.Status)
	}
}
