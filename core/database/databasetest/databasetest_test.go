package databasetest_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/migrations"
)

func TestNew_appliesTheMigrations(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)

	var n int
	err := db.QueryRow(t.Context(), "select count(*) from goose_db_version").Scan(&n)

	if err != nil || n < 2 {
		t.Errorf("got %d versions and the error %v, want at least one version and no error", n, err)
	}
}

func TestNew_givesEachTestItsOwnDatabase(t *testing.T) {
	t.Parallel()
	one, other := databasetest.New(t, migrations.FS), databasetest.Empty(t)

	for _, db := range []*database.DB{one, other} {
		if _, err := db.Exec(t.Context(), "create table mine ()"); err != nil {
			t.Error(err)
		}
	}
}

func TestEmpty_isEmpty(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)

	var n int
	err := db.QueryRow(t.Context(), "select count(*) from pg_tables where schemaname = 'public'").Scan(&n)

	if err != nil || n != 0 {
		t.Errorf("got %d tables and the error %v, want none", n, err)
	}
}

func TestURL_isTheSameDatabase(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	if _, err := db.Exec(t.Context(), "create table mine ()"); err != nil {
		t.Fatal(err)
	}

	query(t, databasetest.URL(t, db), "select count(*)::text from mine")
}

func TestNew_dropsTheDatabaseAtTheEnd(t *testing.T) {
	t.Parallel()
	test := &singleUse{TB: t}
	db := databasetest.New(test, migrations.FS)
	name := query(t, databasetest.URL(t, db), "select current_database()")
	test.end()

	left := query(t, databasetest.URL(t, databasetest.Empty(t)), "select count(*)::text from pg_database where datname = '"+name+"'")

	if left != "0" {
		t.Errorf("%s still exists", name)
	}
}

func TestNew_failsATestThatKeepsAConnection(t *testing.T) {
	t.Parallel()
	test := &singleUse{TB: t}
	db := databasetest.New(test, migrations.FS)
	rows, err := db.Query(t.Context(), "select generate_series(1, 10)")
	if err != nil {
		t.Fatal(err)
	}

	test.end()
	rows.Close()

	if len(test.errors) != 1 || !strings.Contains(test.errors[0], "1 connections were not released") {
		t.Errorf("got the failures %q, want one about the connection", test.errors)
	}
}

func TestServer_canBeStoppedAndStarted(t *testing.T) {
	t.Parallel()
	server := databasetest.NewServer(t, migrations.FS)
	migrated := query(t, server.URL(), "select count(*)::text from goose_db_version")

	server.Stop()
	if _, err := pgx.Connect(t.Context(), server.URL()); err == nil {
		t.Error("it responds although it is stopped")
	}
	server.Start()

	if got := query(t, server.URL(), "select count(*)::text from goose_db_version"); got != migrated {
		t.Errorf("got %s migrations after the restart, want %s", got, migrated)
	}
}

// This is what go test ./... does: many test binaries start at the same time,
// here on a server without a template.
func TestNew_worksInConcurrentProcesses(t *testing.T) {
	t.Parallel()
	server := databasetest.NewServer(t, migrations.FS)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			out, err := testBinary(t, server.URL(), "^TestNew_(appliesTheMigrations|givesEachTestItsOwnDatabase)$").CombinedOutput()
			if err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wait.Wait()

	if got := query(t, server.URL(), "select count(*)::text from pg_database where datname like 'pergola\\_template\\_%'"); got != "1" {
		t.Errorf("got %s templates, want one", got)
	}
	if got := query(t, server.URL(), "select count(*)::text from pg_database where datname like 'pergola\\_test\\_%'"); got != "0" {
		t.Errorf("%s databases were left, want none", got)
	}
}

// TestHelper_waitsUntilKilled is run by the next test in another process.
func TestHelper_waitsUntilKilled(t *testing.T) {
	if os.Getenv("DATABASETEST_WAIT") == "" {
		t.Skip("only in the process that TestNew_dropsWhatAKilledRunLeft kills")
	}
	fmt.Println(query(t, databasetest.URL(t, databasetest.New(t, migrations.FS)), "select current_database()"))
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func TestNew_dropsWhatAKilledRunLeft(t *testing.T) {
	t.Parallel()
	server := databasetest.NewServer(t, migrations.FS)
	cmd := testBinary(t, server.URL(), "^TestHelper_waitsUntilKilled$", "DATABASETEST_WAIT=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	name, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	is := func() bool {
		return query(t, server.URL(), "select count(*)::text from pg_database where datname = '"+strings.TrimSpace(name)+"'") == "1"
	}
	runAnother := func() {
		if out, err := testBinary(t, server.URL(), "^TestNew_appliesTheMigrations$").CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}

	runAnother()
	if !is() {
		t.Error("the database of a running test process was dropped")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()

	for deadline := time.Now().Add(time.Minute); is(); runAnother() {
		if time.Now().After(deadline) {
			t.Fatalf("%s was not dropped", name)
		}
	}
}

func TestStopShared_doesNotStopAServerInUse(t *testing.T) {
	t.Parallel()
	if os.Getenv("TEST_DATABASE_URL") != "" {
		t.Skip("TEST_DATABASE_URL names the server")
	}
	db := databasetest.Empty(t)

	stopped, err := databasetest.StopShared(t.Context())

	if stopped || err != nil {
		t.Errorf("got stopped %v and the error %v, want false and nil", stopped, err)
	}
	if err := db.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// BenchmarkNew measures the cost per test: creating the database, connecting to
// it, and dropping it.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		iteration := &singleUse{TB: b}
		databasetest.New(iteration, migrations.FS)
		iteration.end()
	}
}

// singleUse is a test that ends when end is called.
type singleUse struct {
	testing.TB
	cleanups []func()
	errors   []string
}

func (s *singleUse) Cleanup(fn func()) { s.cleanups = append(s.cleanups, fn) }

func (s *singleUse) Errorf(format string, args ...any) {
	s.errors = append(s.errors, fmt.Sprintf(format, args...))
}

func (s *singleUse) end() {
	for _, cleanup := range slices.Backward(s.cleanups) {
		cleanup()
	}
}

// testBinary runs these tests in another process.
func testBinary(t *testing.T, url, run string, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run="+run)
	cmd.Env = append(os.Environ(), "TEST_DATABASE_URL="+url)
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

func query(t *testing.T, url, sql string) (answer string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if err := conn.QueryRow(t.Context(), sql).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}
