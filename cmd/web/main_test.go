package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/database/databasetest"
)

// runCommand runs the program with the arguments and environment.
func runCommand(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, environmentOf(env), &out, &errs)
	return code, out.String(), errs.String()
}

func TestRun_rejectsUnknownCommands(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"start"}, {"migrate", "now"}, {"describe"}, {"--help"}} {
		code, _, stderr := runCommand(t, nil, args...)
		if code != 2 || !strings.Contains(stderr, "usage: web") {
			t.Errorf("web %s: code %d, %q; want 2 and the usage", strings.Join(args, " "), code, stderr)
		}
	}
}

func TestRun_reportsInvalidConfiguration(t *testing.T) {
	t.Parallel()
	code, _, stderr := runCommand(t, map[string]string{"LOG_LEVEL": "loud"})
	if code != 1 || !strings.Contains(stderr, "LOG_LEVEL") || !strings.Contains(stderr, "DATABASE_URL") {
		t.Errorf("code %d: %s", code, stderr)
	}
}

func TestServe_reportsAPortInUseInOneLine(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()

	code, _, stderr := runCommand(t, map[string]string{
		"APP_ENV": "development", "DATABASE_URL": "postgres://localhost/none", "ADDR": listener.Addr().String(),
	})

	if code != 1 || strings.Count(strings.TrimSpace(stderr), "\n") != 0 || !strings.Contains(stderr, "is in use") {
		t.Errorf("code %d: %s", code, stderr)
	}
}

func TestServe_runsUntilStopped(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	env := environmentOf(map[string]string{"APP_ENV": "development", "DATABASE_URL": newDatabase(t), "ADDR": address, "LOG_LEVEL": "error"})
	go func() { ended <- run(ctx, nil, env, &bytes.Buffer{}, os.Stderr) }()

	waitReady(t, "http://"+address+"/readyz")
	stop()

	if code := <-ended; code != 0 {
		t.Errorf("code = %d, want 0", code)
	}
}

func TestMigrate_canRunAgain(t *testing.T) {
	t.Parallel()
	url := databasetest.URL(t, databasetest.Empty(t))
	env := map[string]string{"DATABASE_URL": url, "BASE_URL": "http://localhost", "SMTP_URL": "off"}
	for range 2 {
		code, stdout, stderr := runCommand(t, env, "migrate")
		if code != 0 || !strings.Contains(stdout, "up to date") {
			t.Fatalf("code %d: %s%s", code, stdout, stderr)
		}
	}

	// Production does not migrate when it starts, so it is ready only if the command
	// migrated the database.
	site := startSite(t, func(config *Config) {
		config.Development, config.DatabaseURL = false, url
	})
	waitReady(t, site.URL+"/readyz")
}

func TestReadyz_reportsPendingMigrations(t *testing.T) {
	t.Parallel()
	url := databasetest.URL(t, databasetest.Empty(t))
	site := startSite(t, func(config *Config) {
		config.Development, config.DatabaseURL = false, url
	})

	response, err := http.Get(site.URL + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var checks map[string]string
	if err := json.NewDecoder(response.Body).Decode(&checks); err != nil {
		t.Fatal(err)
	}

	if response.StatusCode != http.StatusServiceUnavailable || checks["migrations"] == "ok" || checks["database"] != "ok" {
		t.Errorf("status %d, %v", response.StatusCode, checks)
	}
}

func TestMakeAdmin_grantsTheRole(t *testing.T) {
	t.Parallel()
	site := startSite(t)
	env := map[string]string{"DATABASE_URL": site.config.DatabaseURL, "BASE_URL": "http://localhost", "SMTP_URL": "off"}
	client := site.signIn(t, grace)
	before := client.Get("/admin/users").Status

	code, stdout, stderr := runCommand(t, env, "make-admin", grace)
	unknown, _, complaint := runCommand(t, env, "make-admin", "nobody@example.com")

	if code != 0 || !strings.Contains(stdout, grace) {
		t.Errorf("code %d: %s%s", code, stdout, stderr)
	}
	if after := client.Get("/admin/users").Status; before != http.StatusForbidden || after != http.StatusOK {
		t.Errorf("the admin page: status %d before and %d after, want 403 and 200", before, after)
	}
	if unknown != 1 || complaint == "" {
		t.Errorf("an unknown address: code %d, %q", unknown, complaint)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

func waitReady(t *testing.T, url string) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		response, err := http.Get(url)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is not ready: %v %v", url, response, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
