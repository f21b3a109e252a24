// Package docs_test checks the documents: Go blocks parse, and the commands and
// paths that they name exist. Projects are created without it, because they may
// lack optional packages that the documents describe.
package docs_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = ".."

var (
	goBlock     = regexp.MustCompile("(?ms)^```go\n(.*?)^```")
	taskCommand = regexp.MustCompile(`\./task ([a-z][a-z:]*)`)
	namedPath   = regexp.MustCompile("(?m)(?:^|[` (])(?:\\./)?((?:bench|cmd|core|docs|features|migrations|tools|web)/[\\w./*-]+)")
	examples    = regexp.MustCompile(`^features/(bookmarks|library)|^web/(dist|node_modules)|/archive\.txtar$`) // created by commands in the guides
	history     = regexp.MustCompile(`/docs/(decisions|work)/`)                                                 // may name what no longer exists
	taskName    = regexp.MustCompile(`(?m)^  ([a-z][a-z:]*):\n    desc:`)                                       // tasks with a description
)

func TestGoBlocks_parse(t *testing.T) {
	t.Parallel()
	for path, text := range pages(t) {
		for _, block := range goBlock.FindAllStringSubmatch(text, -1) {
			if err := parse(block[1]); err != nil {
				t.Errorf("%s: a Go block does not parse: %v\n%s", path, err, block[1])
			}
		}
	}
}

func TestTasks_exist(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, file := range []string{"Taskfile.yml", "Taskfile.template.yml"} {
		taskfile, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range taskName.FindAllStringSubmatch(string(taskfile), -1) {
			known[name[1]] = true
		}
	}
	if !known["dev"] {
		t.Fatalf("found no task dev in Taskfile.yml: %v", known)
	}

	for path, text := range pages(t) {
		for _, command := range taskCommand.FindAllStringSubmatch(text, -1) {
			if !known[command[1]] {
				t.Errorf("%s names ./task %s, which is not in the Taskfiles", path, command[1])
			}
		}
	}
}

func TestPaths_exist(t *testing.T) {
	t.Parallel()
	for page, text := range pages(t) {
		if history.MatchString(page) {
			continue
		}
		for _, found := range namedPath.FindAllStringSubmatch(text, -1) {
			if name := strings.TrimRight(found[1], "./"); !examples.MatchString(name) && !exists(name) {
				t.Errorf("%s names %s, which does not exist", page, name)
			}
		}
	}
}

// exists reports whether the file or folder exists, or any that matches if the
// name is a pattern.
func exists(name string) bool {
	found, err := filepath.Glob(filepath.Join(root, name))
	return err == nil && len(found) > 0
}

// parse parses a block as a file, the body of a function, or the elements of a
// list.
func parse(block string) (err error) {
	for _, around := range [][2]string{
		{"", ""},
		{"package p\n", ""},
		{"package p\nfunc _() {\n", "\n}"},
		{"package p\nvar _ = list{\n", "\n}"},
	} {
		if _, err = parser.ParseFile(token.NewFileSet(), "", around[0]+block+around[1], parser.SkipObjectResolution); err == nil {
			return nil
		}
	}
	return err
}

// pages returns all Markdown files of the repository, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules"):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".md":
			return nil
		}
		text, err := os.ReadFile(path)
		found[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 10 {
		t.Fatalf("found only %d pages, want at least 10", len(found))
	}
	return found
}
