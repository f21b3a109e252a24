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

// newScratch copies the working tree and links the npm packages. It leaves out what was
// generated here: the tests generate, too, and must not depend on it.
func newScratch(t *testing.T) scratch {
	t.Helper()
	here, err := projectRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, feature := range []string{"blog", "connections", "notifications"} {
		if _, err := os.Stat(filepath.Join(here, "features", feature)); err != nil {
			t.Skipf("the tests add to the template's features, and %s was removed here", feature)
		}
	}
	return copyScratch(t, here)
}

func copyScratch(t *testing.T, here string) scratch {
	t.Helper()
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
	s.removeGenerated()
	return s
}

func (s scratch) removeGenerated() {
	s.t.Helper()
	generated, err := filepath.Glob(filepath.Join(s.root, checksumFile("*")))
	if err != nil {
		s.t.Fatal(err)
	}
	if len(generated) == 0 {
		return
	}
	s.run("git", "init", "-q") // destroy lists the files with git
	s.run("git", "add", "--all")
	for _, file := range generated {
		line := destroy + " feature " + filepath.Base(filepath.Dir(file)) + " --with-handlers --edited"
		if err := s.plan(line).Apply(s.t.Context()); err != nil {
			s.t.Fatalf("%s: %v", line, err)
		}
	}
	if err := os.RemoveAll(filepath.Join(s.root, ".git")); err != nil {
		s.t.Fatal(err)
	}
}

func TestScratch_hasNothingThatWasGenerated(t *testing.T) {
	t.Parallel()
	owned := newScratch(t)
	for _, line := range []string{"feature bookmarks", "event bookmarks bookmark-archived", "event-handler notifications bookmarks.bookmark.archived"} {
		if err := owned.plan(line).Apply(t.Context()); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	write(t, owned.root, "features/bookmarks/bookmark.go", "package bookmarks // mine\n")
	owned.run("git", "init", "-q")

	s := copyScratch(t, owned.root)

	for _, name := range []string{"cmd/web/features.go", "features/notifications/notifications.go", "features/notifications/event_handlers.go"} {
		if content := read(t, s.root, name); strings.Contains(content, "ookmark") {
			t.Errorf("%s still mentions bookmarks", name)
		}
	}
	if err := s.plan("feature bookmarks").Apply(t.Context()); err != nil {
		t.Errorf("bookmarks can't be generated again: %v", err)
	}
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
