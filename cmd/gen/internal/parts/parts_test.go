package parts_test

import (
	"bytes"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/pergola/cmd/gen/internal/newproject"
	"example.com/pergola/cmd/gen/internal/parts"
	"example.com/pergola/cmd/gen/internal/usage"
)

// template returns the files that projects are made of.
func template(t *testing.T) parts.Files {
	t.Helper()
	files, err := parts.Present(t.Context(), "../../../..")
	if err != nil {
		t.Fatal(err)
	}
	if files, err = newproject.WithoutWorkshop(files); err != nil {
		t.Fatal(err)
	}
	return files
}

func TestWithCore_bringsEverythingBackInAnyOrder(t *testing.T) {
	t.Parallel()
	whole := template(t)
	slim, err := whole.Slim()
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := whole.Without(whole.Features()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, order := range [][]string{
		{"events", "jobs", "realtime"}, {"events", "realtime", "jobs"}, {"jobs", "events", "realtime"},
		{"jobs", "realtime", "events"}, {"realtime", "events", "jobs"}, {"realtime", "jobs", "events"},
	} {
		t.Run(strings.Join(order, " "), func(t *testing.T) {
			t.Parallel()
			files := slim
			for _, name := range order {
				back, err := files.WithCore(t.Context(), name)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				files = back
			}

			compare(t, files, wanted)
		})
	}
}

// compare fails the test for every file that is not the same; what is generated
// is left out, and what tidy writes.
func compare(t *testing.T, got, want parts.Files) {
	t.Helper()
	names := slices.Sorted(maps.Keys(want))
	for name := range got {
		if _, ok := want[name]; !ok && name != parts.Archive {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if parts.Generated(name) || name == "go.mod" || name == "go.sum" {
			continue
		}
		if !bytes.Equal(got[name].Content, want[name].Content) {
			t.Errorf("%s is not what it was:\n%s", name, firstDifference(got[name].Content, want[name].Content))
		}
	}
}

func firstDifference(got, want []byte) string {
	a, b := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return "got  " + strings.Join(a[min(i, len(a)):min(i+3, len(a))], "\n     ") + "\nwant " + strings.Join(b[min(i, len(b)):min(i+3, len(b))], "\n     ")
		}
	}
	return "none"
}

func TestSlim_importsNothingThatWasCutOut(t *testing.T) {
	t.Parallel()
	slim, err := template(t).Slim()
	if err != nil {
		t.Fatal(err)
	}
	gone := regexp.MustCompile(`^github.com/(riverqueue|zishang520)/|^` + slim.Module() + `/(features/(blog|notifications|connections|eventadmin|jobadmin)|core/(realtime|events|jobs|bridge|internal))(/|$)`)
	for name, file := range slim {
		switch {
		case strings.HasPrefix(name, "web/package") && bytes.Contains(file.Content, []byte("socket.io")):
			t.Errorf("%s speaks of Socket.IO", name)
		case path.Ext(name) != ".go" || parts.Generated(name) || strings.Contains(name, "/testdata/"):
			continue
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), name, file.Content, parser.ImportsOnly)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, spec := range syntax.Imports {
			if imported, _ := strconv.Unquote(spec.Path.Value); gone.MatchString(imported) {
				t.Errorf("%s imports %s, which a slim project does not have: mark what needs it", name, imported)
			}
		}
	}
}

func TestWithCore_keepsWhatWasChangedMeanwhile(t *testing.T) {
	t.Parallel()
	slim, err := template(t).Slim()
	if err != nil {
		t.Fatal(err)
	}
	edges := slim["cmd/web/packages.go"]
	edges.Content = bytes.Replace(edges.Content, []byte("// packageSet builds"), []byte("// Ours.\n// packageSet builds"), 1)
	slim["cmd/web/packages.go"] = edges

	whole, err := slim.WithCore(t.Context(), "events")

	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"// Ours.", "eventsSet,"} {
		if !bytes.Contains(whole["cmd/web/packages.go"].Content, []byte(line)) {
			t.Errorf("cmd/web/packages.go has no line %q:\n%s", line, whole["cmd/web/packages.go"].Content)
		}
	}
}

func TestWithCore_namesWhatCannotBeMerged(t *testing.T) {
	t.Parallel()
	slim, err := template(t).Slim()
	if err != nil {
		t.Fatal(err)
	}
	edges := slim["cmd/web/packages.go"]
	edges.Content = []byte("package main\n")
	slim["cmd/web/packages.go"] = edges

	_, err = slim.WithCore(t.Context(), "events")

	if err == nil || !strings.Contains(err.Error(), "cmd/web/packages.go") || usage.IsError(err) {
		t.Errorf("error = %v, want one that names cmd/web/packages.go", err)
	}
}

func TestWithCore_refusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	whole := template(t)

	if files, err := whole.WithCore(t.Context(), "jobs"); files != nil || err != nil {
		t.Errorf("a package that is there: %d files, %v; want neither", len(files), err)
	}
	if _, err := whole.WithCore(t.Context(), "blog"); !usage.IsError(err) {
		t.Errorf("no package: %v, want a usage error", err)
	}
	empty, err := whole.Without("jobs")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := empty.WithCore(t.Context(), "jobs"); !usage.IsError(err) {
		t.Errorf("a project that carries nothing: %v, want a usage error", err)
	}
}

func TestWithoutFeature_leavesNothingThatNeedsIt(t *testing.T) {
	t.Parallel()
	whole := template(t)
	for _, feature := range whole.Features() {
		left, err := whole.WithoutFeature(feature, true)
		if usage.IsError(err) { // other features do more than handle its events: they go first
			left = whole
			for _, other := range whole.Listeners(feature) {
				if !strings.Contains(err.Error(), "features/"+other+"/") {
					continue
				}
				if left, err = left.WithoutFeature(other, true); err != nil {
					t.Fatalf("%s: %v", other, err)
				}
			}
			left, err = left.WithoutFeature(feature, true)
		}
		if err != nil {
			t.Errorf("%s: %v", feature, err)
		}
		for file, marks := range left.Marks() {
			if slices.Contains(marks, feature) {
				t.Errorf("%s still has a mark of %s, which is gone", file, feature)
			}
		}
	}
}

func TestWithoutFeature_namesThoseWhoListen(t *testing.T) {
	t.Parallel()
	whole := template(t)

	for _, feature := range whole.Features() {
		if others := whole.Listeners(feature); len(others) > 0 {
			if _, err := whole.WithoutFeature(feature, false); !usage.IsError(err) || !strings.Contains(err.Error(), strings.Join(others, " and ")+" listens") {
				t.Errorf("%s: %v, want a usage error that names %v", feature, err, others)
			}
		}
	}
	for _, name := range []string{"accounts", "authentication", "nothing", "../web"} {
		if _, err := whole.WithoutFeature(name, true); !usage.IsError(err) {
			t.Errorf("%s: %v, want a usage error", name, err)
		}
	}
}

// Every mark names a part that there is, and is where marks are read.
func TestMarks_nameWhatThereIs(t *testing.T) {
	t.Parallel()
	files := template(t)
	known := append(files.Features(), "realtime", "events", "jobs")
	for file, marks := range files.Marks() {
		for _, part := range marks {
			if !slices.Contains(known, part) {
				t.Errorf("%s has a mark of %q: there is no such part, only %s", file, part, strings.Join(known, ", "))
			}
		}
	}
}

// Optional packages are files. Directives in shared files are the exception.
func TestDirectives_areFew(t *testing.T) {
	t.Parallel()
	const maxFiles, maxLines = 10, 60
	directive := regexp.MustCompile(`</?(with|without):`)
	forbidden := regexp.MustCompile(`^(features|core|docs/guides)/|^docs/architecture\.md$|_test\.go$|\.test\.ts$`)
	files, err := parts.Present(t.Context(), "../../../..")
	if err != nil {
		t.Fatal(err)
	}
	count, lines := 0, 0
	for name, file := range files {
		if strings.HasPrefix(name, "cmd/gen/internal/") || strings.HasPrefix(name, "docs/decisions/") || parts.Generated(name) || !file.Text() {
			continue
		}
		found := 0
		for line := range strings.SplitSeq(string(file.Content), "\n") {
			if directive.MatchString(line) {
				found++
			}
		}
		if found == 0 {
			continue
		}
		count, lines = count+1, lines+found
		if forbidden.MatchString(name) {
			t.Errorf("%s has %d directives: move what depends on an optional package into a file of its own", name, found)
		}
	}
	if count > maxFiles || lines > maxLines {
		t.Errorf("directives are in %d lines of %d files, want at most %d lines in %d files", lines, count, maxLines, maxFiles)
	}
	t.Logf("%d lines in %d files", lines, count)
}
