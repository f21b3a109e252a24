package main

import (
	"bytes"
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/app/browsertest"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/migrations"
)

// The sample users that ./task dev creates.
const (
	ada   = "ada@example.com"   // editor
	grace = "grace@example.com" // reader
	alan  = "alan@example.com"  // admin

	samplePassword = "pergola-dev"
)

// site is the complete application with its own database and address, until the
// test ends.
type site struct {
	URL  string
	Stop func() error // drains; called again when the test ends

	config      Config
	application *Application
}

// startSite runs the application as `./task dev` would: with sample users and
// articles, on a real Postgres.
func startSite(t *testing.T, change ...func(*Config)) *site {
	t.Helper()
	config := Config{
		Development:      true,
		Addr:             "127.0.0.1:0",
		DatabaseMaxConns: connectionsOutsidePool + 8,
		SessionLifetime:  time.Hour,
		ShutdownTimeout:  10 * time.Second,
	}
	for _, c := range change {
		c(&config)
	}
	listener, err := net.Listen("tcp", config.Addr)
	if err != nil {
		t.Fatal(err)
	}
	config.Addr = listener.Addr().String()
	address := "http://" + config.Addr
	config.BaseURL = cmp.Or(config.BaseURL, address)
	if config.DatabaseURL == "" {
		config.DatabaseURL = newDatabase(t)
	}
	if !config.Development && config.SMTP.Host == "" {
		config.MailOff = true
	}
	application, cleanup, err := build(t.Context(), config, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("assemble the application: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- application.Run(ctx, listener)
		close(ended)
	}()
	s := &site{URL: address, config: config, application: application, Stop: func() error {
		cancel()
		return <-ended
	}}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("drain: %v", err)
		}
		cleanup()
	})
	return s
}

// signIn returns a client that has signed in through the form.
func (s *site) signIn(t *testing.T, email string) *apptest.Client {
	t.Helper()
	client := apptest.NewClient(t, s.URL)
	page := client.Post("/sign-in", url.Values{"email": {email}, "password": {samplePassword}})
	if page.Path == "/sign-in" {
		t.Fatalf("%s can't sign in: %s", email, page.Find("main").Text())
	}
	return client
}

// newDatabase returns the URL of a new database for the test.
func newDatabase(t *testing.T) string {
	t.Helper()
	return databasetest.URL(t, databasetest.New(t, migrations.FS))
}

// builtAssets serves the assets of the last build, as ./task dev does.
func builtAssets(t *testing.T) func(*Config) {
	t.Helper()
	const dir = "../../web/dist"
	if _, err := os.Stat(dir + "/manifest.json"); err != nil {
		t.Fatalf("the browser tests need the built scripts: run ./task test, or once: node web/build.mjs (%v)", err)
	}
	return func(config *Config) { config.AssetsDir = dir }
}

// signInWith signs in through the form in a browser.
func (s *site) signInWith(window *browsertest.Window, email string) {
	window.Goto(s.URL + "/sign-in")
	window.Fill("[name=email]", email)
	window.Fill("[name=password]", samplePassword)
	window.Click("main form button[type=submit], main form button:not([type])")
	window.WaitUntil("signed in", "location.pathname !== '/sign-in' && document.readyState === 'complete'")
}

// lockedBuffer is a buffer that is safe for concurrent use.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
