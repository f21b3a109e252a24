package main

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database/databasetest"
)

const (
	pageFile     = "cmd/web/page.templ"
	greetingFile = "cmd/web/greeting.go"
)

func TestDev_printsItsAddress(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)

	s.run()

	s.waitForOutput("sign in")
	for _, want := range []string{"open      http://127.0.0.1:" + s.port, "database  from DATABASE_URL", "ada@example.com"} {
		if !strings.Contains(s.output.String(), want) {
			t.Errorf("the terminal does not show %q:\n%s", want, s.output)
		}
	}
}

func TestDev_showsChangedTextWithoutARestart(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.run()
	before := s.application()

	s.edit(pageFile, "Hello from the template", "Good day from the template")

	s.waitForPage(http.StatusOK, "Good day from the template")
	if after := s.application(); after != before {
		t.Errorf("application = process %d, want the same process %d", after, before)
	}
	if code := s.read("cmd/web/page_templ.go"); !strings.Contains(code, "Good day") {
		t.Error("the generated code does not contain the new text")
	}
}

func TestDev_replacesTheApplicationWhenCodeChanges(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.run()
	before := s.application()
	var asking sync.WaitGroup
	var finished atomic.Bool
	var asked atomic.Int64
	asking.Go(func() {
		for !finished.Load() {
			status, body, err := s.get("/")
			if err != nil || status != http.StatusOK {
				t.Errorf("request while the application is replaced = %d %q, %v", status, body, err)
			}
			asked.Add(1)
		}
	})

	s.edit(greetingFile, "Hello from Go", "Good day from Go")
	s.waitForPage(http.StatusOK, "Good day from Go")
	finished.Store(true)
	asking.Wait()

	if after := s.application(); after == before {
		t.Errorf("application = process %d, want a new process", after)
	}
	if asked.Load() == 0 {
		t.Error("no request was sent while the application was replaced")
	}
	if processes := s.processes(); strings.Count(strings.Join(processes, "\n"), ".data/bin/web") != 2 { // and its guard
		t.Errorf("processes = %q, want one application", processes)
	}
}

func TestDev_replacesTheApplicationWhenCodeInATemplateChanges(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.run()

	s.edit(pageFile, "<h1>{ greeting }</h1>", "<h1>{ greeting } and { greeting }</h1>")
	s.waitForPage(http.StatusOK, "Hello from Go and Hello from Go")

	s.edit(pageFile, "Hello from the template", "Good day from the template")
	s.waitForPage(http.StatusOK, "Good day from the template")
}

func TestDev_showsAMistakeUntilItIsFixed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file, right, wrong string
		shown              string
	}{
		"in Go":                 {greetingFile, `"Hello from Go"`, `"Hello from Go" + 1`, "cmd/web/greeting.go:3:"},
		"in a template":         {pageFile, "<h1>{ greeting }</h1>", "<h1>{ greeting }", "cmd/web/page.templ:"},
		"in code of a template": {pageFile, "{ greeting }", "{ greting }", "cmd/web/page.templ:13:10: undefined: greting"},
		"in CSS":                {"web/src/app.css", "h1 {", "BROKEN h1 {", "web/src/app.css:1:1: this is broken"},
		"in TypeScript":         {"web/src/app.ts", "document", "BROKEN document", "web/src/app.ts:1:1: this is broken"},
		"at the application's start": {
			greetingFile, `package main`, "package main\n\nvar _ = func() int { panic(\"not today\") }()", "panic: not today",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			s.run()

			s.edit(tt.file, tt.right, tt.wrong)

			s.waitForPage(http.StatusInternalServerError, tt.shown)
			s.waitForOutput(tt.shown)

			s.edit(tt.file, tt.wrong, tt.right)

			s.waitForPage(http.StatusOK, "Hello from Go")
			s.waitForOutput("✓ fixed")
		})
	}
}

func TestDev_startsWithAMistakeInTheSource(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.edit(pageFile, "{ greeting }", "{ greting }")

	s.start()

	s.waitForPage(http.StatusInternalServerError, "undefined: greting")
	s.edit(pageFile, "{ greting }", "{ greeting }")
	s.waitForPage(http.StatusOK, "Hello from Go")
}

func TestDev_showsThatTheApplicationHasExited(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.run()

	request, err := http.NewRequest(http.MethodPost, s.url+"/crash", nil)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, err := s.do(request); err == nil && status != http.StatusBadGateway {
		t.Errorf("response of an application that exits = %d, want %d", status, http.StatusBadGateway)
	}

	s.waitForPage(http.StatusInternalServerError, "the application gives up")
	s.edit(greetingFile, "Hello from Go", "Good day from Go")
	s.waitForPage(http.StatusOK, "Good day from Go")
}

func TestDev_restartsTheApplicationWhenAsked(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.run()
	before := s.application()

	if err := s.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}

	s.waitUntil("a new application process is running", func() bool { return s.application() != before }, new(string))
}

func TestDev_rejectsAPortInUse(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	s.usePort(port)

	s.start()
	s.waitForEnd()

	if code := s.cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("exit code = %d, want 1", code)
	}
	output := strings.TrimSpace(s.output.String())
	if !strings.Contains(output, "port "+port+" is in use") || !strings.Contains(output, "./task dev") || strings.Contains(output, "\n") {
		t.Errorf("the terminal shows %q, want one line that names the port and how to choose another", output)
	}
}

func TestDev_runsOncePerCheckout(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.run()
	second := *s
	second.usePort(unusedPort(t))

	second.start()
	second.waitForEnd()

	if code := second.cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("exit code of the second = %d, want 1", code)
	}
	if output := second.output.String(); !strings.Contains(output, "is already running in this checkout, on http://127.0.0.1:"+s.port) {
		t.Errorf("the second prints %q, want the address of the first", output)
	}
	s.waitForPage(http.StatusOK, "Hello from Go")
}

func TestDev_stopsEverything(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]syscall.Signal{"Ctrl-C": syscall.SIGINT, "terminate": syscall.SIGTERM, "kill -9": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			s.run()

			begun := time.Now()
			s.stop(signal)

			s.waitForNoProcess()
			if took := time.Since(begun); took > 30*time.Second {
				t.Errorf("stopping took %v", took)
			}
			if code := s.cmd.ProcessState.ExitCode(); signal != syscall.SIGKILL && code != 0 {
				t.Errorf("exit code = %d, want 0\n%s", code, s.output)
			}
		})
	}
}

func TestDev_stopsEverythingInTheMiddleOfABuild(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.start()
	s.waitForPage(http.StatusServiceUnavailable, "Starting")

	s.stop(syscall.SIGINT)

	s.waitForNoProcess()
}

func TestDev_usesAThrowawayDatabaseOnTheServerOfTheURL(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	db := databasetest.Empty(t)
	s.database = databasetest.URL(t, db)
	databases := func(name string) (n int) {
		if err := db.QueryRow(t.Context(), "select count(*) from pg_database where datname = $1", name).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}

	s.start("-throwaway")
	s.waitForPage(http.StatusOK, "Hello from Go")
	_, address, err := s.get("/database")
	if err != nil {
		t.Fatal(err)
	}
	used, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(used.Path, "/")
	while := databases(name)
	s.stop(syscall.SIGINT)

	if address == s.database || while != 1 || databases(name) != 0 {
		t.Errorf("the application used %s, which existed %d times during the run and %d times after it; want its own database, once and never", address, while, databases(name))
	}
}

// Browsers send the cookies of a host to all its ports.
func TestDev_namesTheCookieAfterTheCheckout(t *testing.T) {
	t.Parallel()
	cookies := map[string]bool{}
	for range 2 {
		s := newSandbox(t)
		s.run()
		_, name, err := s.get("/cookie")
		if err != nil {
			t.Fatal(err)
		}
		cookies[name] = true
	}

	if len(cookies) != 2 || cookies[""] {
		t.Errorf("the cookies of two checkouts are %v, want two names", cookies)
	}
}

func TestDev_keepsTheDatabaseWhenItIsKilled(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.database = ""
	s.start()
	s.waitForPage(http.StatusOK, "Hello from Go")
	_, before, err := s.get("/database")
	if err != nil || !strings.HasPrefix(before, "postgres://") {
		t.Fatalf("DATABASE_URL of the application = %q, %v", before, err)
	}

	s.stop(syscall.SIGKILL)
	s.start()

	s.waitForPage(http.StatusOK, "Hello from Go")
	s.waitForOutput("was still running")
	if _, after, err := s.get("/database"); err != nil || after != before {
		t.Errorf("DATABASE_URL of the next application = %q, %v, want %q", after, err, before)
	}
	s.stop(syscall.SIGINT)
	s.waitForNoProcess()
}

func TestReset_emptiesTheDatabaseAndRestartsTheApplication(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.database = ""
	s.start()
	s.waitForPage(http.StatusOK, "Hello from Go")
	before := s.application()
	_, url, err := s.get("/database")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.Exec(t.Context(), "create table something (id int)"); err != nil {
		t.Fatal(err)
	}
	command := *s

	command.start("reset")
	command.waitForEnd()

	if output := command.output.String(); !strings.Contains(output, "The development database is empty") {
		t.Errorf("reset prints %q", output)
	}
	s.waitUntil("a new application process is running", func() bool { return s.application() != before }, new(string))
	again, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close(context.WithoutCancel(t.Context()))
	var tables int
	if err := again.QueryRow(t.Context(), "select count(*) from pg_tables where schemaname = 'public'").Scan(&tables); err != nil || tables != 0 {
		t.Errorf("tables = %d, %v, want none", tables, err)
	}
}
