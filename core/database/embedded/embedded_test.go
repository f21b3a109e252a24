package embedded_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"example.com/pergola/core/database/embedded"
)

func TestStart_keepsDataAndAddressAcrossRestarts(t *testing.T) {
	t.Parallel()
	var lines []string
	opts := newOptions(t)
	opts.Progress = func(line string) { lines = append(lines, line) }

	first := start(t, opts)
	execute(t, first.URL(), "create table kept (id int)")
	stop(t, first)
	second := start(t, opts)

	execute(t, second.URL(), "insert into kept values (1)")
	if second.URL() != first.URL() || second.Adopted() {
		t.Errorf("got %s, adopted %v, want %s and a newly started server", second.URL(), second.Adopted(), first.URL())
	}
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "Preparing") || lines[1] != lines[2] {
		t.Errorf("progress was %q, want one line for the preparation and one for each start", lines)
	}
}

func TestStart_ignoresVariablesForOtherServers(t *testing.T) {
	t.Parallel()
	opts := newOptions(t)

	report := startSupervisor(t, opts, "",
		"PGSERVICE=production", "PGSERVICEFILE=/does/not/exist", "PGTARGETSESSIONATTRS=standby", "PGHOST=db.invalid", "PGPORT=1",
		"PGUSER=nobody", "PGPASSWORD=wrong", "PGDATABASE=other", "PGOPTIONS=-c search_path=elsewhere", "PGSSLMODE=verify-full",
		"PGSSLROOTCERT=/does/not/exist", "PGSSLCERTMODE=require", "PGCHANNELBINDING=require", "PGREQUIREAUTH=none", "PGTZ=Nowhere/Never",
		"PGMINPROTOCOLVERSION=9.9", "PGCONNECT_TIMEOUT=never", "PGDATA=/does/not/exist", "PGCLIENTENCODING=none",
	).report()

	if report.Error != "" {
		t.Error(report.Error)
	}
}

func TestServer_quotesNames(t *testing.T) {
	t.Parallel()
	server := start(t, newOptions(t))
	for _, name := range []string{"window", "user", "all", "Shop", `a"b`} {
		for _, statement := range []string{"create database ", "create role ", "drop database ", "drop role "} {
			execute(t, server.URL(), statement+embedded.Quoted(name))
		}
	}
}

func TestStart_adoptsTheServerOfAKilledSupervisor(t *testing.T) {
	t.Parallel()
	opts := newOptions(t)
	first := startSupervisor(t, opts, "")
	left := first.report()
	execute(t, left.URL, "create table kept (id int)")
	first.kill()

	server := start(t, opts)

	if !server.Adopted() || server.URL() != left.URL || server.PID() != left.PID {
		t.Errorf("got %s, process %d, adopted %v, want the server of the killed supervisor: %+v", server.URL(), server.PID(), server.Adopted(), left)
	}
	execute(t, server.URL(), "insert into kept values (1)")
	stop(t, server)
	if answers(t, left.URL) {
		t.Error("the adopted server still responds after Stop")
	}
	eventually(t, "Done to be closed", func() bool {
		select {
		case <-server.Done():
			return true
		default:
			return false
		}
	})
}

func TestStart_recoversAServerThatWasKilled(t *testing.T) {
	t.Parallel()
	opts := newOptions(t)
	first := start(t, opts)
	execute(t, first.URL(), "create table kept (id int)")
	// One that waits, and one that is too busy to notice that its server died.
	occupy(t, first.URL(), "select pg_sleep(600)")
	occupy(t, first.URL(), "do $$ begin loop perform 1; end loop; end $$")

	if err := syscall.Kill(first.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-first.Done()
	second := start(t, opts)

	if second.Adopted() {
		t.Error("the dead server was adopted")
	}
	execute(t, second.URL(), "insert into kept values (1)")
}

func TestStart_ignoresAnotherProcessWithThePIDOfADeadServer(t *testing.T) {
	t.Parallel()
	opts := newOptions(t)
	first := start(t, opts)
	stop(t, first)
	pidFile := filepath.Join(opts.Dir, strconv.Itoa(first.Major()), "postmaster.pid")
	for _, content := range []string{"", "garbage\n", strconv.Itoa(os.Getpid()) + "\n", "1\n/x\n0\n5432\n\n127.0.0.1\n\nready\n"} {
		if err := os.WriteFile(pidFile, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}

		second := start(t, opts)

		if second.Adopted() {
			t.Errorf("%q: adopted a server, want a new one", content)
		}
		stop(t, second)
	}
}

func TestStart_startsOverAfterAnInterruptedPreparation(t *testing.T) {
	t.Parallel()
	opts := newOptions(t)
	first := startSupervisor(t, opts, "")
	drafts := filepath.Join(opts.Dir, "init-*")
	eventually(t, "the preparation to start", func() bool {
		found, _ := filepath.Glob(filepath.Join(drafts, "data", "base", "*"))
		return len(found) > 0
	})
	first.kill() // initdb keeps running

	server := start(t, opts)

	if server.Adopted() {
		t.Error("adopted a server, want a new one")
	}
	execute(t, server.URL(), "create table usable (id int)")
	if left, _ := filepath.Glob(drafts); len(left) > 0 {
		t.Errorf("%q was left behind", left)
	}
}

func TestStart_runsAServerPerDirectory(t *testing.T) {
	t.Parallel()
	one, other := start(t, newOptions(t)), start(t, newOptions(t))

	execute(t, one.URL(), "create table mine (id int)")
	execute(t, other.URL(), "create table mine (id int)")

	if one.URL() == other.URL() || one.PID() == other.PID() {
		t.Errorf("got %s twice, want two servers", one.URL())
	}
}

func TestStart_startsOneServerForConcurrentCallers(t *testing.T) {
	t.Parallel()
	opts := newOptions(t)
	var mu sync.Mutex
	var wait sync.WaitGroup
	started, urls := 0, map[string]bool{}
	for range 4 {
		s := startSupervisor(t, opts, "")
		wait.Go(func() {
			got := s.report()
			mu.Lock()
			defer mu.Unlock()
			urls[got.URL] = true
			if !got.Adopted {
				started++
			}
			if got.Error != "" {
				t.Error(got.Error)
			}
		})
	}
	wait.Wait()

	if started != 1 || len(urls) != 1 {
		t.Errorf("%d were started, at %v, want one at one address", started, urls)
	}
}

func TestStart_takesAnotherPortIfItsOwnIsTaken(t *testing.T) {
	t.Parallel()
	opts := newOptions(t)
	first := start(t, opts)
	execute(t, first.URL(), "create table kept (id int)")
	stop(t, first)
	taken, err := net.Listen("tcp4", hostOf(t, first.URL()))
	if err != nil {
		t.Skipf("another program took the port: %v", err)
	}
	defer taken.Close()

	second := start(t, opts)

	if second.URL() == first.URL() {
		t.Errorf("got %s, which is taken", second.URL())
	}
	execute(t, second.URL(), "insert into kept values (1)")
}

func TestStart_requiresThePassword(t *testing.T) {
	t.Parallel()
	opts := newOptions(t)
	server := start(t, opts)

	config, err := pgx.ParseConfig(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	config.Password = "guessed"
	_, err = pgx.ConnectConfig(t.Context(), config)

	if answer, ok := errors.AsType[*pgconn.PgError](err); !ok || answer.Code != "28P01" {
		t.Errorf("with a wrong password: got the error %v, want invalid_password", err)
	}
	for setting, want := range map[string]string{"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "password_encryption": "scram-sha-256"} {
		if got := ask(t, server.URL(), "show "+setting); got != want {
			t.Errorf("%s is %q, want %q", setting, got, want)
		}
	}
	if methods := ask(t, server.URL(), "select string_agg(distinct auth_method, ' ') from pg_hba_file_rules"); methods != "scram-sha-256" {
		t.Errorf("the server accepts %q, want scram-sha-256 only", methods)
	}
	info, err := os.Stat(filepath.Join(opts.Dir, "password"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode of the password file is %v and the error %v, want -rw-------", info, err)
	}
}

func TestStart_setsANewPasswordWhenTheOldOneIsLost(t *testing.T) {
	t.Parallel()
	opts := newOptions(t)
	file := filepath.Join(opts.Dir, "password")
	ways := map[string]func(){
		"the file is missing":      func() { os.Remove(file) },
		"the file has another one": func() { _ = os.WriteFile(file, []byte("another\n"), 0o600) },
	}
	first := start(t, opts)
	execute(t, first.URL(), "create table kept (id int)")
	for name, lose := range ways {
		for _, runs := range []bool{true, false} {
			if !runs {
				stop(t, first)
			}
			lose()

			first = start(t, opts)

			if first.Adopted() {
				t.Errorf("%s, running %v: the server was adopted without its password", name, runs)
			}
			execute(t, first.URL(), "insert into kept values (1)")
		}
	}
}

func TestStart_reportsTheEndOfTheLogOnFailure(t *testing.T) {
	t.Parallel()
	opts := newOptions(t)
	opts.Settings["shared_buffers"] = "1 pergola"

	_, err := embedded.Start(t.Context(), opts)

	if err == nil || !strings.Contains(err.Error(), "shared_buffers") {
		t.Errorf("got the error %v, want one with the end of the server's log", err)
	}
}

func TestStart_doesNotTouchADirectoryOfOtherFiles(t *testing.T) {
	t.Parallel()
	opts := newOptions(t)
	server := start(t, opts)
	stop(t, server)
	data := filepath.Join(opts.Dir, strconv.Itoa(server.Major()))
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(data, "precious"), 0o755); err != nil {
		t.Fatal(err)
	}

	_, err := embedded.Start(t.Context(), opts)

	if err == nil || !strings.Contains(err.Error(), "in the way") {
		t.Errorf("got the error %v, want one that names the directory", err)
	}
	if _, err := os.Stat(filepath.Join(data, "precious")); err != nil {
		t.Errorf("its file is gone: %v", err)
	}
}

func TestStart_leavesNothingWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	opts := newOptions(t)
	ctx, cancel := context.WithCancel(t.Context())
	opts.Progress = func(string) { cancel() }

	_, err := embedded.Start(ctx, opts)

	if !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v, want context.Canceled", err)
	}
	if server, err := embedded.Find(t.Context(), opts); server != nil || err != nil {
		t.Errorf("found %v and the error %v, want nothing", server, err)
	}
}

func TestFind_returnsARunningServerAndStartsNone(t *testing.T) {
	t.Parallel()
	opts := newOptions(t)
	find := func() *embedded.Server {
		found, err := embedded.Find(t.Context(), opts)
		if err != nil {
			t.Errorf("got the error %v, want none", err)
		}
		return found
	}

	if found := find(); found != nil {
		t.Errorf("before the first start: found %s", found.URL())
	}
	server := start(t, opts)
	if found := find(); found == nil || found.URL() != server.URL() {
		t.Errorf("found %v, want %s", found, server.URL())
	}
	stop(t, server)
	if found := find(); found != nil {
		t.Errorf("after the stop: found %s", found.URL())
	}
}

func TestServer_removesItsData(t *testing.T) {
	t.Parallel()
	opts := newOptions(t)
	server := start(t, opts)
	execute(t, server.URL(), "create table left_behind ()")

	if err := server.Remove(t.Context()); err != nil {
		t.Fatal(err)
	}

	if _, err := os.Stat(filepath.Join(opts.Dir, strconv.Itoa(server.Major()))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its data is still there: %v", err)
	}
	execute(t, start(t, opts).URL(), "create table left_behind ()")
}

func TestServer_stopsWhileClientsAreConnected(t *testing.T) {
	t.Parallel()
	opts := newOptions(t)
	server := start(t, opts)
	occupy(t, server.URL(), "select pg_sleep(600)")

	stop(t, server)
	stop(t, server) // does nothing

	<-server.Done()
}

func TestServer_stopsImmediatelyWhenTheContextEnds(t *testing.T) {
	t.Parallel()
	opts := newOptions(t)
	server := start(t, opts)
	execute(t, server.URL(), "create table kept (id int)")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	err := server.Stop(ctx)

	if !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v, want one that says that the time ran out", err)
	}
	<-server.Done()
	execute(t, start(t, opts).URL(), "insert into kept values (1)")
}

func TestServer_resetEmptiesTheDatabase(t *testing.T) {
	t.Parallel()
	server := start(t, newOptions(t))
	execute(t, server.URL(), "create table gone (id int)")
	occupy(t, server.URL(), "select pg_sleep(600)")

	if err := server.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}

	execute(t, server.URL(), "create table gone (id int)")
}

func TestServer_copiesItsLog(t *testing.T) {
	t.Parallel()
	opts := newOptions(t)
	log := new(buffer)
	opts.Log = log
	server := start(t, opts)

	connection, err := pgx.Connect(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(t.Context())
	_, _ = connection.Exec(t.Context(), "select * from nowhere_to_be_found")

	eventually(t, "the statement to appear in the log", func() bool {
		return strings.Contains(log.String(), "nowhere_to_be_found")
	})
	stop(t, server)
	if !strings.Contains(log.String(), "database system is shut down") {
		t.Errorf("the log ends before the server does: %s", log.String())
	}
	if file, err := os.ReadFile(server.LogFile()); err != nil || !bytes.Contains(file, []byte("nowhere_to_be_found")) {
		t.Errorf("the log file lacks the statement (error %v)", err)
	}
}

// buffer is a bytes.Buffer that is safe for two goroutines.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

const readyTimeout = 2 * time.Minute

func start(t *testing.T, opts embedded.Options) *embedded.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), readyTimeout)
	defer cancel()
	server, err := embedded.Start(ctx, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	return server
}

func stop(t *testing.T, server *embedded.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), readyTimeout)
	defer cancel()
	if err := server.Stop(ctx); err != nil {
		t.Fatal(err)
	}
}

func execute(t *testing.T, url, sql string) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(t.Context())
	if _, err := connection.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func ask(t *testing.T, url, sql string) (answer string) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(t.Context())
	if err := connection.QueryRow(t.Context(), sql).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// occupy runs a statement that does not end, and returns once it is running.
func occupy(t *testing.T, url, sql string) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	pid := strconv.Itoa(int(connection.PgConn().PID()))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = connection.Exec(t.Context(), sql) // ends with the server
	}()
	t.Cleanup(func() { <-ended })
	eventually(t, "the statement to run", func() bool {
		return ask(t, url, "select state from pg_stat_activity where pid = "+pid) == "active"
	})
}

func answers(t *testing.T, url string) bool {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), url)
	if err != nil {
		return false
	}
	connection.Close(t.Context())
	return true
}

func hostOf(t *testing.T, address string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Host
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(readyTimeout)
	for !is() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("timed out waiting for %s", what)
		}
	}
}
