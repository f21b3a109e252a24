package project_test

import (
	"bytes"
	"context"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"example.com/pergola/cmd/gen/internal/newproject"
	"example.com/pergola/cmd/gen/internal/project"
	"example.com/pergola/cmd/gen/internal/usage"
)

// template returns the files that projects are made of, with a record.
func template(t *testing.T) project.Files {
	t.Helper()
	files, err := readTemplate()
	if err != nil {
		t.Fatal(err)
	}
	files = maps.Clone(files)
	record(t, files, files.Features()...)
	return files
}

var readTemplate = sync.OnceValues(func() (project.Files, error) {
	files, err := project.Present(context.Background(), "../../../..")
	if err == nil {
		files, err = newproject.WithoutTemplateFiles(files)
	}
	if err != nil {
		return nil, err
	}
	return files.Without() // without links to template files
})

// record writes which features come from the template.
func record(t *testing.T, files project.Files, features ...string) {
	t.Helper()
	var err error
	if files[project.RecordFile], err = (project.Record{Features: features}).File(); err != nil {
		t.Fatal(err)
	}
}

// minimal returns the template without optional packages.
func minimal(t *testing.T, template project.Files) project.Files {
	t.Helper()
	files, err := template.Minimal()
	if err != nil {
		t.Fatal(err)
	}
	record(t, files)
	return files
}

// restore restores core packages.
func restore(t *testing.T, files project.Files, packages ...string) project.Files {
	t.Helper()
	for _, name := range packages {
		with, _, err := files.WithCore(t.Context(), name)
		if err != nil || with == nil {
			t.Fatalf("restore %s: %v", name, err)
		}
		files = with
	}
	return files
}

// remove removes core packages.
func remove(t *testing.T, files project.Files, packages ...string) project.Files {
	t.Helper()
	for _, name := range packages {
		without, _, err := files.WithoutCore(name, false)
		if err != nil {
			t.Fatalf("remove %s: %v", name, err)
		}
		files = without
	}
	return files
}

// orders are the orders in which packages can be restored.
var orders = [][]string{
	{"events", "jobs", "realtime"}, {"events", "realtime", "jobs"}, {"jobs", "events", "realtime"},
	{"jobs", "realtime", "events"}, {"realtime", "events", "jobs"}, {"realtime", "jobs", "events"},
}

func TestWithCore_restoresEverythingInAnyOrder(t *testing.T) {
	t.Parallel()
	complete := template(t)
	start := minimal(t, complete)
	for _, order := range orders {
		t.Run(strings.Join(order, " "), func(t *testing.T) {
			t.Parallel()

			compare(t, restore(t, start, order...), complete)
		})
	}
}

func TestWithoutCore_isUndoneByWithCore(t *testing.T) {
	t.Parallel()
	complete := template(t)
	for _, order := range orders {
		t.Run(strings.Join(order, " "), func(t *testing.T) {
			t.Parallel()
			one := remove(t, complete, order[0])
			two := remove(t, one, order[1])
			all := remove(t, two, order[2])

			compare(t, all, minimal(t, complete))
			compare(t, restore(t, all, order[2]), two)
			compare(t, restore(t, all, order[2], order[1]), one)
			compare(t, restore(t, all, order...), complete)
		})
	}
}

func TestWithoutCore_removesAndNamesTemplateFeaturesThatImportIt(t *testing.T) {
	t.Parallel()
	complete := template(t)
	for name, want := range map[string][]string{
		"realtime": {"blog", "connections", "eventadmin", "jobadmin", "notifications"},
		"events":   {"blog", "eventadmin", "notifications"},
		"jobs":     {"jobadmin", "notifications"},
	} {
		without, removed, err := complete.WithoutCore(name, false)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(removed, want) {
			t.Errorf("without %s, %v were removed, want %v", name, removed, want)
		}
		expectNoImports(t, without, append(want, name))

		with, restored, err := without.WithCore(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(restored, want) {
			t.Errorf("with %s, %v were restored, want %v", name, restored, want)
		}
		compare(t, with, complete)
	}
}

func TestWithCore_restoresFeatureOnceAllItsPackagesAreThere(t *testing.T) {
	t.Parallel()
	files := minimal(t, template(t))
	for _, step := range []struct {
		name string
		want []string
	}{
		{"realtime", []string{"connections"}},
		{"jobs", []string{"jobadmin"}},
		{"events", []string{"blog", "eventadmin", "notifications"}},
	} {
		with, restored, err := files.WithCore(t.Context(), step.name)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(restored, step.want) {
			t.Errorf("with %s, %v were restored, want %v", step.name, restored, step.want)
		}
		files = with
	}
}

// shop is a feature of an owner.
func shop(files project.Files, imports string) {
	files["features/shop/shop.go"] = project.File{Content: []byte("package shop\n\nimport \"" + files.Module() + "/" + imports + "\"\n")}
	lines := map[string]string{
		"// <gen:feature-fields>":        "SupportRequestShop *shop.Feature", // long: gofmt aligns all fields with it
		"// <gen:feature-manifests>":     "f.SupportRequestShop.Manifest(),",
		"// <gen:feature-sets>":          "shop.Set,",
		"// <gen:feature-dev-seed-sets>": "shop.DevSeedSet,",
	}
	list := files["cmd/web/features.go"]
	for anchor, line := range lines {
		list.Content = bytes.Replace(list.Content, []byte(anchor), []byte(line+"\n"+anchor), 1)
	}
	list.Content, _ = format.Source(list.Content)
	files["cmd/web/features.go"] = list
}

func TestWithoutCore_keepsAnOwnersFeatureUnlessForced(t *testing.T) {
	t.Parallel()
	for _, imports := range []string{"core/jobs", "features/notifications"} {
		files := template(t)
		shop(files, imports)

		_, _, err := files.WithoutCore("jobs", false)

		if !usage.IsError(err) || !strings.Contains(err.Error(), "shop") || strings.Contains(err.Error(), "jobadmin") || !strings.Contains(err.Error(), "--force") {
			t.Errorf("a shop that imports %s: error = %v, want a usage error that names shop and --force", imports, err)
		}
		left, removed, err := files.WithoutCore("jobs", true)
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"jobadmin", "notifications", "shop"}; !slices.Equal(removed, want) {
			t.Errorf("%v were removed, want %v", removed, want)
		}
		if back := restore(t, left, "jobs"); mentions(back, "shop.Feature") || slices.Contains(back.Features(), "shop") {
			t.Error("the owner's feature was restored")
		}
	}
}

func mentions(files project.Files, text string) bool {
	return bytes.Contains(files["cmd/web/features.go"].Content, []byte(text))
}

func TestWithCore_keepsAnOwnersFeatures(t *testing.T) {
	t.Parallel()
	files := minimal(t, template(t))
	shop(files, "features/accounts")

	files = restore(t, files, "realtime", "events", "jobs")

	for _, text := range []string{"*shop.Feature", "shop.Set,", "shop.DevSeedSet,", "*blog.Feature", "blog.Set,", "notifications.DevSeedSet,"} {
		if !mentions(files, text) {
			t.Errorf("cmd/web/features.go has no line %q:\n%s", text, files["cmd/web/features.go"].Content)
		}
	}
	if left := remove(t, files, "realtime"); !mentions(left, "*shop.Feature") || mentions(left, "*blog.Feature") {
		t.Errorf("cmd/web/features.go without realtime is\n%s", left["cmd/web/features.go"].Content)
	}
}

func TestWithCore_doesNotRestoreWhatTheOwnerDestroyed(t *testing.T) {
	t.Parallel()
	complete := template(t)
	before, err := complete.WithoutFeature("connections", false)
	if err != nil {
		t.Fatal(err)
	}
	after, err := remove(t, complete, "realtime").WithoutFeature("connections", false)
	if err != nil {
		t.Fatal(err)
	}
	for when, files := range map[string]project.Files{"before": remove(t, before, "realtime"), "after": after} {
		got := restore(t, files, "realtime").Features()
		if want := []string{"blog", "eventadmin", "jobadmin", "notifications"}; !slices.Equal(got, want) {
			t.Errorf("destroyed %s the package: %v were restored, want %v", when, got, want)
		}
	}
}

func TestWithCore_keepsAFeatureWithTheNameOfARemovedOne(t *testing.T) {
	t.Parallel()
	files := minimal(t, template(t))
	const mine = "package connections // mine\n"
	files["features/connections/connections.go"] = project.File{Content: []byte(mine)}

	files = restore(t, files, "realtime")

	if got := files.Features(); !slices.Equal(got, []string{"connections"}) {
		t.Errorf("there are %v, want only the owner's feature", got)
	}
	if names := files.Migrations("connections"); len(names) > 0 {
		t.Errorf("%v were restored", names)
	}
	if got := string(files["features/connections/connections.go"].Content); got != mine {
		t.Errorf("the owner's file is now %q", got)
	}
}

// compare fails the test for every file that differs, except generated ones and
// those that go mod tidy writes.
func compare(t *testing.T, got, want project.Files) {
	t.Helper()
	names := slices.Sorted(maps.Keys(want))
	for name := range got {
		if _, ok := want[name]; !ok {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if project.Generated(name) || slices.Contains([]string{"go.mod", "go.sum", project.Archive}, name) {
			continue
		}
		if !bytes.Equal(got[name].Content, want[name].Content) {
			t.Errorf("%s differs:\n%s", name, firstDifference(got[name].Content, want[name].Content))
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

func TestMinimal_importsNothingThatIsGone(t *testing.T) {
	t.Parallel()
	complete := template(t)
	files := minimal(t, complete)

	if got := files.Features(); len(got) > 0 {
		t.Errorf("there are the features %v, want none besides accounts and authentication", got)
	}
	for name, file := range files {
		if strings.HasPrefix(name, "web/package") && bytes.Contains(file.Content, []byte("socket.io")) {
			t.Errorf("%s mentions Socket.IO", name)
		}
	}
	expectNoImports(t, files, append(complete.Features(), "realtime", "events", "jobs", "bridge", "internal/descriptor", "internal/durable"))
}

// expectNoImports fails the test for each import of a removed package.
func expectNoImports(t *testing.T, files project.Files, gone []string) {
	t.Helper()
	names := strings.Join(gone, "|")
	pattern := `^` + files.Module() + `/(features|core)/(` + names + `)(/|$)`
	if strings.Contains(names, "realtime") {
		pattern += `|^github.com/zishang520/`
	}
	wrong := regexp.MustCompile(pattern)
	for name, file := range files {
		if path.Ext(name) != ".go" || project.Generated(name) || strings.Contains(name, "/testdata/") {
			continue
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), name, file.Content, parser.ImportsOnly)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, spec := range syntax.Imports {
			if imported, _ := strconv.Unquote(spec.Path.Value); wrong.MatchString(imported) {
				t.Errorf("%s imports %s, which is gone", name, imported)
			}
		}
	}
}

func TestWithCore_keepsEdits(t *testing.T) {
	t.Parallel()
	files := minimal(t, template(t))
	packages := files["cmd/web/packages.go"]
	packages.Content = bytes.Replace(packages.Content, []byte("// packageSet builds"), []byte("// Ours.\n// packageSet builds"), 1)
	files["cmd/web/packages.go"] = packages

	files = restore(t, files, "events")

	for _, line := range []string{"// Ours.", "eventsSet,"} {
		if !bytes.Contains(files["cmd/web/packages.go"].Content, []byte(line)) {
			t.Errorf("cmd/web/packages.go has no line %q:\n%s", line, files["cmd/web/packages.go"].Content)
		}
	}
}

func TestWithCore_namesFilesThatCannotBeMerged(t *testing.T) {
	t.Parallel()
	files := minimal(t, template(t))
	files["cmd/web/packages.go"] = project.File{Content: []byte("package main\n")}

	_, _, err := files.WithCore(t.Context(), "events")

	if err == nil || !strings.Contains(err.Error(), "cmd/web/packages.go") || usage.IsError(err) {
		t.Errorf("error = %v, want one that names cmd/web/packages.go", err)
	}
}

func TestWithCore_rejectsUnknownPackages(t *testing.T) {
	t.Parallel()
	complete := template(t)

	if files, _, err := complete.WithCore(t.Context(), "jobs"); files != nil || err != nil {
		t.Errorf("a package that is there: %d files, %v; want neither", len(files), err)
	}
	if _, _, err := complete.WithCore(t.Context(), "blog"); !usage.IsError(err) {
		t.Errorf("not a package: %v, want a usage error", err)
	}
	if _, _, err := complete.WithoutCore("blog", false); !usage.IsError(err) {
		t.Errorf("not a package to remove: %v, want a usage error", err)
	}
	withoutArchive, err := complete.Without("jobs")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := withoutArchive.WithCore(t.Context(), "jobs"); !usage.IsError(err) {
		t.Errorf("a project without an archive: %v, want a usage error", err)
	}
}

func TestWithoutFeature_leavesNothingThatNeedsIt(t *testing.T) {
	t.Parallel()
	complete := template(t)
	for _, feature := range complete.Features() {
		left, err := complete.WithoutFeature(feature, true)
		if usage.IsError(err) { // other features do more than handle its events: they go first
			left = complete
			for _, other := range complete.Importers(feature) {
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
		for file, names := range left.Directives() {
			if slices.Contains(names, feature) {
				t.Errorf("%s still has a directive for %s, which is gone", file, feature)
			}
		}
	}
}

func TestWithoutFeature_namesImporters(t *testing.T) {
	t.Parallel()
	complete := template(t)

	for _, feature := range complete.Features() {
		if others := complete.Importers(feature); len(others) > 0 {
			if _, err := complete.WithoutFeature(feature, false); !usage.IsError(err) || !strings.Contains(err.Error(), strings.Join(others, ", ")+";") {
				t.Errorf("%s: %v, want a usage error that names %v", feature, err, others)
			}
		}
	}
	for _, name := range []string{"accounts", "authentication", "nothing", "../web"} {
		if _, err := complete.WithoutFeature(name, true); !usage.IsError(err) {
			t.Errorf("%s: %v, want a usage error", name, err)
		}
	}
}

func TestDirectives_nameCorePackagesAndFeatures(t *testing.T) {
	t.Parallel()
	files := template(t)
	known := append(files.Features(), "realtime", "events", "jobs")
	for file, names := range files.Directives() {
		for _, name := range names {
			if !slices.Contains(known, name) {
				t.Errorf("%s has a directive for %q: use one of %s", file, name, strings.Join(known, ", "))
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
	files, err := project.Present(t.Context(), "../../../..")
	if err != nil {
		t.Fatal(err)
	}
	count, lines := 0, 0
	for name, file := range files {
		if strings.HasPrefix(name, "cmd/gen/internal/") || strings.HasPrefix(name, "docs/decisions/") || project.Generated(name) || !file.Text() {
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
