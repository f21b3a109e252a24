package database_test

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/migrations"
)

// startPgBouncer starts a real PgBouncer in front of the database, and returns the
// URL of the database behind it.
func startPgBouncer(t *testing.T, address, mode string, settings ...string) string {
	t.Helper()
	binary, err := exec.LookPath("pgbouncer")
	if err != nil {
		t.Skip("PgBouncer is not installed: apt-get install pgbouncer, or brew install pgbouncer")
	}
	behind, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := behind.User.Password()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := listener.Addr().(*net.TCPAddr)
	_ = listener.Close()
	name := strings.TrimPrefix(behind.Path, "/")
	config := filepath.Join(t.TempDir(), "pgbouncer.ini")
	content := fmt.Sprintf("[databases]\n%s = host=%s port=%s user=%s password='%s'\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nunix_socket_dir =\nauth_type = any\npool_mode = %s\n%s\n",
		name, behind.Hostname(), behind.Port(), behind.User.Username(), password, at.Port, mode, strings.Join(settings, "\n"))
	if err := os.WriteFile(config, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{config}
	if os.Getuid() == 0 { // it does not run as root
		args = []string{"-u", "nobody", config}
	}
	process := exec.Command(binary, args...)
	var output strings.Builder
	process.Stdout, process.Stderr = &output, &output
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
		if t.Failed() {
			t.Logf("PgBouncer: %s", output.String())
		}
	})
	behind.Host = at.String()
	eventually(t, "PgBouncer to listen", func() bool {
		conn, err := net.Dial("tcp", at.String())
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	return behind.String()
}

func TestOpen_rejectsAPoolerInTransactionMode(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string][]string{
		"as it is installed":          nil,
		"with a round robin":          {"server_round_robin = 1"},
		"with one session for all":    {"default_pool_size = 1"},
		"with sessions ready for use": {"min_pool_size = 5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := startPgBouncer(t, databasetest.URL(t, databasetest.Empty(t)), "transaction", settings...)

			db, err := database.Open(t.Context(), address)

			if err == nil {
				db.Close()
			}
			if !errors.Is(err, database.ErrTransactionPooling) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), passwordOf(t, address)) {
				t.Errorf("got %v, want ErrTransactionPooling in one line without the password", err)
			}
		})
	}
}

func TestOpen_acceptsAPoolerInSessionMode(t *testing.T) {
	t.Parallel()
	address := startPgBouncer(t, databasetest.URL(t, databasetest.Empty(t)), "session")

	db, err := database.Open(t.Context(), address, database.WithMaxConns(4))
	wantNoError(t, err)
	defer db.Close()
	wantNoError(t, database.Migrate(t.Context(), db, migrations.FS))
	wantPending(t, db, migrations.FS, 0)
	_, err = db.Exec(t.Context(), "create table notes (text text)")
	wantNoError(t, err)
	for _, say := range ways {
		wantNoError(t, say(t.Context(), db))
	}
}

func eventually(t *testing.T, what string, met func() bool) {
	t.Helper()
	pace := time.NewTicker(10 * time.Millisecond)
	defer pace.Stop()
	for deadline := time.Now().Add(30 * time.Second); !met(); <-pace.C {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting for %s", what)
		}
	}
}
