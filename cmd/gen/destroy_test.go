package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/pergola/cmd/gen/internal/tree"
)

// Commands are undone in reverse order.
func TestDestroy_leavesNoTrace(t *testing.T) {
	t.Parallel()
	planned := tree.Open(here) // nothing is written
	var lines []string
	for _, line := range matrix {
		if !strings.HasPrefix(line, "feature ") {
			lines = append(lines, line)
			continue
		}
		if err := planLine(t.Context(), planned, line); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	before := contents(t, planned)

	for _, line := range lines {
		if err := planLine(t.Context(), planned, line); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	for _, line := range slices.Backward(lines) {
		if err := planLine(t.Context(), planned, destroy+" "+line); err != nil {
			t.Fatalf("destroy %s: %v", line, err)
		}
	}

	after := contents(t, planned)
	for name, content := range after {
		if content != before[name] {
			t.Errorf("%s is not what it was:\n%s\nit was\n%s", name, content, before[name])
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d files have changed, want %d", len(after), len(before))
	}
}

func TestDestroyFeature_keepsHandWrittenFilesThatGitCannotRestore(t *testing.T) {
	t.Parallel()
	s := newScratch(t)
	s.run("git", "init", "-q")
	s.run("git", "add", "-A")
	for _, tt := range []struct{ what, feature, file string }{
		{"an untracked feature", "mine", "features/mine/mine.go"},
		{"an edit", "connections", "features/connections/overview.go"},
		{"a file in a folder", "connections", "features/connections/samples/mine.md"},
		{"a migration", "connections", "migrations/20261124090099_connections_mine.sql"},
	} {
		write(t, s.root, tt.file, "package mine\n")
		before := snapshot(t, s.root)
		line := []string{"destroy", "feature", tt.feature, "--dry-run"}

		for _, args := range [][]string{line, slices.Concat(line, []string{"--edited"})} {
			got := callIn(t, s.root, commands(), args...)

			if got.code != 1 || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, ": "+tt.file+";") || !strings.Contains(got.stderr, "commit") {
				t.Errorf("%s: got %+v, want one line that names %s and says what to do", tt.what, got, tt.file)
			}
		}
		if !maps.Equal(snapshot(t, s.root), before) {
			t.Errorf("%s: something changed", tt.what)
		}

		s.run("git", "add", "-A")
		if got := callIn(t, s.root, commands(), line...); got.code != 0 || !strings.Contains(got.stdout, "removed  "+tt.file) {
			t.Errorf("%s, once git has it: %+v", tt.what, got)
		}
	}
}

// The generator can restore generated files itself.
func TestDestroyFeature_removesGeneratedFilesThatGitDoesNotHave(t *testing.T) {
	t.Parallel()
	s := newScratch(t)
	s.run("git", "init", "-q")
	s.run("git", "add", "-A")
	if err := s.plan("feature bookmarks").Apply(t.Context()); err != nil {
		t.Fatal(err)
	}

	made := callIn(t, s.root, commands(), "destroy", "feature", "bookmarks", "--dry-run")
	migrations, err := filepath.Glob(filepath.Join(s.root, "migrations", "*_bookmarks_*.sql"))
	if err != nil || len(migrations) != 1 {
		t.Fatalf("there are the migrations %q, want one", migrations)
	}
	const renamed = "migrations/29991231235959_bookmarks_bookmarks.sql"
	if err := os.Rename(migrations[0], filepath.Join(s.root, renamed)); err != nil {
		t.Fatal(err)
	}
	renumbered := callIn(t, s.root, commands(), "destroy", "feature", "bookmarks", "--dry-run")
	write(t, s.root, "features/bookmarks/samples/mine.md", "mine")
	added := callIn(t, s.root, commands(), "destroy", "feature", "bookmarks", "--dry-run")
	if err := os.RemoveAll(filepath.Join(s.root, "features/bookmarks/samples")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(s.root, checksumFile("bookmarks"))); err != nil {
		t.Fatal(err)
	}
	forgotten := callIn(t, s.root, commands(), "destroy", "feature", "bookmarks", "--dry-run")

	if made.code != 0 {
		t.Errorf("as it was made: %+v", made)
	}
	if renumbered.code != 0 || !strings.Contains(renumbered.stdout, "removed  "+renamed) {
		t.Errorf("with a renumbered migration: %+v", renumbered)
	}
	if added.code != 1 || !strings.Contains(added.stderr, "features/bookmarks/samples/mine.md") {
		t.Errorf("with a file of mine: %+v", added)
	}
	if forgotten.code != 1 || !strings.Contains(forgotten.stderr, "commit") {
		t.Errorf("without the record of what was made: %+v", forgotten)
	}
}

func TestDestroyFeature_requiresGit(t *testing.T) {
	t.Parallel()
	s := newScratch(t)

	got := callIn(t, s.root, commands(), "destroy", "feature", "connections", "--dry-run")

	if got.code != 2 || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, "git init") {
		t.Errorf("got %+v, want a rejection in one line", got)
	}
}

// contents returns the planned content of all files that change.
func contents(t *testing.T, planned *tree.Tree) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, change := range planned.Changes() {
		content, err := planned.Read(change.File)
		if err != nil {
			t.Fatal(err)
		}
		found[change.File] = string(content)
	}
	return found
}
