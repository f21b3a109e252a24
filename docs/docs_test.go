// Package docs_test checks what the documents show: Go parses, commands and
// paths exist. Projects are made without it, since they may lack optional parts
// that the documents describe.
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
	examples    = regexp.MustCompile(`^features/(bookmarks|library)|^web/(dist|node_modules)|/archive\.txtar$`) // made by a command
	history     = regexp.MustCompile(`/docs/(decisions|work)/`)                                                 // says what was, too
	taskName    = regexp.MustCompile(`(?m)^  ([a-z][a-z:]*):\n    desc:`)                                       // those for people
)

func TestGoBlocks_parse(t *testing.T) {
	t.Parallel()
	for path, text := range pages(t) {
		for _, block := range goBlock.FindAllStringSubmatch(text, -1) {
			if err := parse(block[1]); err != nil {
				t.Errorf("%s: a block of Go does not parse: %v\n%s", path, err, block[1])
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
		t.Fatalf("no task dev was found in Taskfile.yml: %v", known)
	}

	for path, text := range pages(t) {
		for _, command := range taskCommand.FindAllStringSubmatch(text, -1) {
			if !known[command[1]] {
				t.Errorf("%s names ./task %s, which the Taskfiles do not have", path, command[1])
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
				t.Errorf("%s names %s, which is not there", page, name)
			}
		}
	}
}

// exists reports whether there is such a file or folder, or some if the name is
// a pattern.
func exists(name string) bool {
	found, err := filepath.Glob(filepath.Join(root, name))
	return err == nil && len(found) > 0
}

// parse takes a block as what it may be part of: a file, the body of a
// function, or the elements of a list.
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

// pages are all Markdown files of the repository by their path.
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
		t.Fatalf("only %d pages were found", len(found))
	}
	return found
}
