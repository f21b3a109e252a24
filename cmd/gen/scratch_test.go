package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"example.com/pergola/cmd/gen/internal/tree"
)

// TestMain sets -trimpath, so that all copies share the build cache.
func TestMain(m *testing.M) {
	flags, err := exec.Command("go", "env", "GOFLAGS").Output()
	if err == nil {
		err = os.Setenv("GOFLAGS", strings.TrimSpace(string(flags))+" -trimpath")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "set GOFLAGS:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// scratch is a copy of this project for a test.
type scratch struct {
	t      *testing.T
	root   string
	tested *sync.Once // stops the database server
}

// newScratch copies the working tree and links the npm packages.
func newScratch(t *testing.T) scratch {
	t.Helper()
	here, err := projectRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	s := scratch{t, t.TempDir(), new(sync.Once)}
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = here
	output, err := list.Output()
	if err != nil {
		t.Skipf("git lists no files here: %v", err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(output), "\x00"), "\x00") {
		info, err := os.Stat(filepath.Join(here, name))
		if err != nil || !info.Mode().IsRegular() {
			continue // removed and not committed, or a link to a folder
		}
		content, err := os.ReadFile(filepath.Join(here, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, s.root, name, string(content))
	}
	if err := os.Symlink(filepath.Join(here, "web/node_modules"), filepath.Join(s.root, "web/node_modules")); err != nil {
		t.Fatal(err)
	}
	return s
}

// stopServer stops the database server that tests in the copy started.
func (s scratch) stopServer() {
	stop := exec.Command("go", "run", "./core/database/databasetest/stopserver")
	stop.Dir = s.root
	if output, err := stop.CombinedOutput(); err != nil {
		s.t.Errorf("stop the server of the copy: %v\n%s", err, output)
	}
}

// plan plans commands in one tree.
func (s scratch) plan(lines ...string) *tree.Tree {
	s.t.Helper()
	planned := tree.Open(s.root)
	for _, line := range lines {
		if err := planLine(s.t.Context(), planned, line); err != nil {
			s.t.Fatalf("%s: %v", line, err)
		}
	}
	return planned
}

// planLine plans a command.
func planLine(ctx context.Context, planned *tree.Tree, line string) error {
	cmd, rest, err := commands().find(strings.Fields(line))
	if err == nil && cmd.name == destroy {
		cmd, rest, err = commands().destroyer(rest)
	}
	if err != nil {
		return err
	}
	c, err := parseCall(cmd, rest)
	if err != nil {
		return err
	}
	c.tree = planned
	return cmd.plan(ctx, c)
}

// apply applies a plan.
func (s scratch) apply(planned *tree.Tree) {
	s.t.Helper()
	if err := (&call{tree: planned}).apply(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// run runs a program in the copy and returns its output.
func (s scratch) run(name string, args ...string) string {
	s.t.Helper()
	if name == "go" && args[0] == "test" {
		s.tested.Do(func() { s.t.Cleanup(s.stopServer) })
	}
	cmd := exec.CommandContext(s.t.Context(), name, args...)
	cmd.Dir = s.root
	output, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, last(output))
	}
	return string(output)
}

// last returns the end of a long output.
func last(output []byte) []byte {
	lines := bytes.Split(output, []byte("\n"))
	return bytes.Join(lines[max(0, len(lines)-60):], []byte("\n"))
}
