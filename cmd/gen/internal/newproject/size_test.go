package newproject

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"example.com/pergola/cmd/gen/internal/project"
)

// TestSize keeps projects small and prints, with -v, how many files and lines
// they hold in each folder. ./task new:size runs it.
func TestSize(t *testing.T) {
	t.Parallel()
	template, err := project.Tracked(t.Context(), "../../../..")
	if err != nil {
		t.Fatal(err)
	}
	expectSmaller(t, "the template", template, 0)
	for _, o := range []struct {
		name    string
		minimal bool
		most    int // hand-written lines
	}{{"a project", false, 69000}, {"a minimal project", true, 42000}} {
		files, err := Options{Template: "../../../..", Minimal: o.minimal}.projectFiles(t.Context(), template, name{"example.com/shop", "shop", "Shop"})
		if err != nil {
			t.Fatal(err)
		}
		expectSmaller(t, o.name, files, o.most)
	}
}

// expectSmaller prints the size of files and fails if there are more lines
// written by hand.
func expectSmaller(t *testing.T, what string, files project.Files, most int) {
	t.Helper()
	folders, total := sizes(files)
	if testing.Verbose() {
		print(os.Stdout, what, folders, total)
	}
	if most > 0 && total[handWritten].lines > most {
		t.Errorf("%s holds %d lines written by hand, want at most %d", what, total[handWritten].lines, most)
	}
}

// Kinds of files.
const (
	handWritten = iota
	test
	generated
	kinds
)

type size struct{ files, lines int }

// sizes counts files and lines of text, by folder and in total.
func sizes(files project.Files) (folders map[string]*[kinds]size, total [kinds]size) {
	folders = map[string]*[kinds]size{}
	for name, file := range files {
		if !counted(name) {
			continue
		}
		folder := folderOf(name)
		if folders[folder] == nil {
			folders[folder] = &[kinds]size{}
		}
		kind, lines := kindOf(name), bytes.Count(file.Content, []byte("\n"))
		for _, sum := range []*size{&folders[folder][kind], &total[kind]} {
			sum.files++
			sum.lines += lines
		}
	}
	return folders, total
}

func counted(name string) bool {
	return slices.Contains([]string{".go", ".templ", ".ts", ".css", ".sql", ".md", ".tmpl", ".mjs", ".js", ".yml"}, path.Ext(name))
}

func folderOf(name string) string {
	elements := strings.Split(name, "/")
	switch {
	case len(elements) == 1:
		return "."
	case len(elements) > 2 && slices.Contains([]string{"cmd", "core", "features", "tools"}, elements[0]):
		return elements[0] + "/" + elements[1]
	default:
		return elements[0]
	}
}

func kindOf(name string) int {
	switch {
	case project.Generated(name) || strings.Contains(name, ".gen."):
		return generated
	case strings.HasSuffix(name, "_test.go") || strings.Contains(name, ".test.") || strings.Contains(name, "/testdata/"):
		return test
	default:
		return handWritten
	}
}

func print(out io.Writer, what string, folders map[string]*[kinds]size, total [kinds]size) {
	table := tabwriter.NewWriter(out, 0, 0, 1, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "\n%s\tfiles\tlines\ttest files\tlines\tgenerated files\tlines\t\n", what)
	row := func(folder string, counts [kinds]size) {
		fmt.Fprintf(table, "%s\t", folder)
		for _, count := range counts {
			fmt.Fprintf(table, "%d\t%d\t", count.files, count.lines)
		}
		fmt.Fprintln(table)
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		row(folder, *folders[folder])
	}
	row("total", total)
	_ = table.Flush()
}
