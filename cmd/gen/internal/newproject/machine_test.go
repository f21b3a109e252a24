package newproject_test

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/pergola/cmd/gen/internal/git"
	"example.com/pergola/cmd/gen/internal/project"
)

// machine is a machine whose settings are in the way of almost every tool.
type machine struct {
	t      *testing.T
	dir    string // of the checkouts
	env    []string
	target string // the platform that Go is set to build for
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	// When the tests run as root, the database server runs as another user.
	for path := dir; len(path) > len(os.TempDir()); path = filepath.Dir(path) {
		_ = os.Chmod(path, 0o755)
	}
	m := &machine{t: t, dir: dir, target: "arm64"}
	if runtime.GOARCH == m.target {
		m.target = "amd64"
	}
	cache, err := exec.CommandContext(t.Context(), "go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	m.write("go.work", "go 1.26\n\nuse ./elsewhere\n")
	m.write("hooks/pre-commit", "#!/bin/sh\nexit 1\n")
	m.write("ignore", "*\n")
	m.write("gitconfig", fmt.Sprintf(`[core]
	autocrlf = true
	hooksPath = %[1]s/hooks
	excludesFile = %[1]s/ignore
[commit]
	gpgSign = true
[gpg]
	program = false
[merge]
	conflictStyle = diff3
`, dir))
	m.env = append(os.Environ(),
		"XDG_CACHE_HOME="+filepath.Join(dir, "cache"), "GOCACHE="+strings.TrimSpace(string(cache)),
		"GIT_CONFIG_GLOBAL="+filepath.Join(dir, "gitconfig"),
		"GOARCH="+m.target, "CGO_ENABLED=1", "CC=/does/not/exist",
		"GO111MODULE=off", "GOFLAGS="+os.Getenv("GOFLAGS")+" -mod=mod",
		"HOST=x86_64-conda-linux-gnu",
		"NODE_ENV=production", "npm_config_omit=dev optional",
		"PGSERVICE=production", "PGTARGETSESSIONATTRS=standby", "PGHOST=db.invalid",
	)
	return m
}

func (m *machine) write(name, content string) {
	m.t.Helper()
	path := filepath.Join(m.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		m.t.Fatal(err)
	}
}

// run runs a program in a checkout.
func (m *machine) run(checkout string, args ...string) (string, error) {
	cmd := exec.CommandContext(m.t.Context(), args[0], args[1:]...)
	cmd.Dir, cmd.Env = filepath.Join(m.dir, checkout), m.env
	output, err := cmd.CombinedOutput()
	return string(output), err
}

func (m *machine) mustRun(checkout string, args ...string) string {
	m.t.Helper()
	output, err := m.run(checkout, args...)
	if err != nil {
		m.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, output)
	}
	return output
}

// clone clones the template, and gives the checkout to another user if it can.
func (m *machine) clone() {
	m.t.Helper()
	files, err := project.Present(m.t.Context(), template)
	if err != nil {
		m.t.Fatal(err)
	}
	origin := filepath.Join(m.dir, "origin")
	if err := files.Write(origin); err != nil {
		m.t.Fatal(err)
	}
	if err := git.Start(m.t.Context(), origin, "Start", git.Author{Name: "Ada", Email: "ada@example.com"}, "template"); err != nil {
		m.t.Fatal(err)
	}
	m.mustRun(".", "git", "clone", "-q", "origin", "clone")
	if os.Geteuid() != 0 {
		return
	}
	err = filepath.WalkDir(filepath.Join(m.dir, "clone"), func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, 65534, 65534))
	})
	if err != nil {
		m.t.Fatal(err)
	}
}

// A new user's walk: clone the template, make a project, build and run it.
func TestCreate_onAMachineWithHostileSettings(t *testing.T) {
	if !*thoroughly {
		t.Skip("takes minutes: ./task check:matrix")
	}
	t.Parallel()
	m := newMachine(t)
	m.clone()
	if unformatted := m.mustRun("clone", "gofmt", "-l", "cmd", "core", "features"); unformatted != "" {
		t.Errorf("files of the clone have other line endings:\n%s", unformatted)
	}

	// A name that is a word of SQL.
	m.mustRun("clone", "./task", "gen", "--", "new", "../window", "--module", "example.com/window", "--minimal")

	if log := m.mustRun("window", "git", "log", "--format=%s", "template"); log != "Start Window\n" {
		t.Errorf("the project has the history %q", log)
	}
	if left := m.mustRun("window", "git", "-c", "core.excludesFile=", "status", "--porcelain"); left != "" {
		t.Errorf("files are not committed:\n%s", left)
	}
	m.mustRun("window", "./task", "links")
	m.mustRun("window", "./task", "build")
	m.expectProduct()
	m.mustRun("clone", "./task", "links") // the tools still run here

	if output, err := m.run("window", "./task", "dev"); err == nil || !strings.Contains(output, `HOST="x86_64-conda-linux-gnu": must be localhost`) {
		t.Errorf("./task dev = %v, %q; want an error that names HOST", err, output)
	}
	m.expectPage("window")
}

// expectProduct fails the test unless the product is for the target.
func (m *machine) expectProduct() {
	m.t.Helper()
	if runtime.GOOS != "linux" {
		return
	}
	product, err := elf.Open(filepath.Join(m.dir, "window", "bin", "web"))
	if err != nil {
		m.t.Fatal(err)
	}
	defer product.Close()
	want := map[string]elf.Machine{"arm64": elf.EM_AARCH64, "amd64": elf.EM_X86_64}[m.target]
	if product.Machine != want {
		m.t.Errorf("bin/web is for %v, want %v", product.Machine, want)
	}
}

// expectPage runs the development server until it shows a page.
func (m *machine) expectPage(checkout string) {
	m.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		m.t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	_ = listener.Close()
	var output lockedBuffer
	cmd := exec.Command("./task", "dev")
	cmd.Dir = filepath.Join(m.dir, checkout)
	cmd.Env = append(m.env, "HOST=localhost", "PORT="+port)
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGINT)
		if err := <-ended; err != nil {
			m.t.Errorf("./task dev: %v\n%s", err, output.String())
		}
	}()

	ctx, cancel := context.WithTimeout(m.t.Context(), 5*time.Minute)
	defer cancel()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost:"+port, nil)
		if err != nil {
			m.t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case err := <-ended:
			ended <- err
			m.t.Fatalf("./task dev has ended: %v\n%s", err, output.String())
		case <-ctx.Done():
			m.t.Fatalf("no page: %v\n%s", ctx.Err(), output.String())
		case <-ticker.C:
		}
	}
}

// lockedBuffer is a buffer that a program writes to while the test reads.
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
