package embedded_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"example.com/pergola/core/database/embedded"
)

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can switch users")
	}
}

func TestStart_runsAsAnotherUserUnderRoot(t *testing.T) {
	t.Parallel()
	needRoot(t)
	opts := newOptions(t)

	server := start(t, opts)

	info, err := os.Stat("/proc/" + strconv.Itoa(server.PID()))
	if err != nil {
		t.Skipf("the owner of a process is not visible here: %v", err)
	}
	if uid := info.Sys().(*syscall.Stat_t).Uid; uid == 0 {
		t.Error("the server runs as root")
	}
}

func TestStart_runsAsTheCallerUnderSudo(t *testing.T) {
	t.Parallel()
	needRoot(t)
	opts := newOptions(t)
	s := startSupervisor(t, opts, "", "SUDO_USER=nobody")

	report := s.report()

	info, err := os.Stat(filepath.Join(opts.Dir, ask(t, report.URL, "select split_part(current_setting('server_version'), '.', 1)")))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := info.Sys().(*syscall.Stat_t).Uid, credential(t, "nobody").Uid; got != want {
		t.Errorf("the data belongs to the user %d, want nobody, %d", got, want)
	}
}

func TestStart_worksForAnOrdinaryUserAndThenForRoot(t *testing.T) {
	t.Parallel()
	needRoot(t)
	opts := newOptions(t)
	nobody := credential(t, "nobody")
	if err := os.Mkdir(opts.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(opts.Dir, int(nobody.Uid), int(nobody.Gid)); err != nil {
		t.Fatal(err)
	}

	ordinary := startSupervisor(t, opts, "nobody")
	report := ordinary.report()
	if report.Error != "" {
		t.Fatal(report.Error)
	}
	execute(t, report.URL, "create table kept (id int)")
	ordinary.kill()
	adopted := start(t, opts)
	if !adopted.Adopted() {
		t.Error("root did not adopt the user's server")
	}
	stop(t, adopted)
	asRoot := start(t, opts)
	execute(t, asRoot.URL(), "insert into kept values (1)")
	stop(t, asRoot)

	again := startSupervisor(t, opts, "nobody").report()
	if again.Error != "" {
		t.Errorf("after root the user can no longer start it: %s", again.Error)
	}
}

func TestStart_namesTheOwnerOfTheDataToAnotherUser(t *testing.T) {
	t.Parallel()
	needRoot(t)
	opts := newOptions(t)
	stop(t, start(t, opts))

	report := startSupervisor(t, opts, "nobody").report()

	if !strings.Contains(report.Error, "chown") || !strings.Contains(report.Error, opts.Dir) {
		t.Errorf("got the error %q, want one that names the owner of the directory and the fix", report.Error)
	}
}

func TestStart_namesAnInaccessibleDirectory(t *testing.T) {
	t.Parallel()
	needRoot(t)
	opts := newOptions(t)
	closed := filepath.Dir(opts.Dir)
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}

	_, err := embedded.Start(t.Context(), opts)

	if err == nil || !strings.Contains(err.Error(), "chmod o+x "+closed) {
		t.Errorf("got the error %v, want one that names %s", err, closed)
	}
}
