package newproject_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/pergola/cmd/gen/internal/newproject"
	"example.com/pergola/cmd/gen/internal/usage"
)

var thoroughly = flag.Bool("thoroughly", false, "run every test of every project, and create more projects (./task check:matrix)")

// template is the checkout that this test is part of.
const template = "../../../.."

// TestMain sets -trimpath, so that two projects of one name share a build cache.
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

// made is a project that a test created.
type made struct {
	t      *testing.T
	folder string
	module string
}

// guide returns the commands of a guide that start with a prefix, without the
// prefix.
func guide(t *testing.T, page, begin string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(template, "docs", "guides", page))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```").FindAllStringSubmatch(string(text), -1) {
		for line := range strings.SplitSeq(strings.TrimSpace(block[1]), "\n") {
			if command, ok := strings.CutPrefix(line, "./task gen -- "+begin+" "); ok {
				found = append(found, command)
			}
		}
	}
	if len(found) == 0 {
		t.Fatalf("the guide has no command %s", begin)
	}
	return found
}

// newProject runs the command of the guide: for a complete project or a minimal one.
func newProject(t *testing.T, minimal bool) made {
	t.Helper()
	commands := guide(t, "start-a-project.md", "new")
	if len(commands) != 2 {
		t.Fatalf("the guide has the commands %q, want a complete project and a minimal one", commands)
	}
	command := strings.Fields(commands[0])
	if minimal {
		command = strings.Fields(commands[1])
	}
	wanted := newproject.Options{Template: template, Folder: filepath.Join(t.TempDir(), filepath.Base(command[0])), Module: command[2], Minimal: len(command) > 3 && command[3] == "--minimal"}
	if command[1] != "--module" || wanted.Minimal != minimal {
		t.Fatalf("the guide has the command %q", command)
	}
	folder := wanted.Folder
	if err := newproject.Create(t.Context(), wanted, io.Discard); err != nil {
		t.Fatal(err)
	}
	m := made{t: t, folder: folder, module: wanted.Module}
	t.Cleanup(m.stopServer)
	packages, err := filepath.Abs(filepath.Join(template, "web", "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(packages, filepath.Join(folder, "web", "node_modules")); err != nil {
		t.Fatal(err)
	}
	m.run("node", "web/build.mjs")
	return m
}

// stopServer stops the database server that the project's tests started. It
// would otherwise wait for another run.
func (m made) stopServer() {
	stop := exec.Command("go", "run", "./core/database/databasetest/stopserver")
	stop.Dir = m.folder
	if output, err := stop.CombinedOutput(); err != nil {
		m.t.Errorf("stop the server of the project: %v\n%s", err, output)
	}
}

// run runs a program in the project and returns its output.
func (m made) run(args ...string) string {
	m.t.Helper()
	cmd := exec.CommandContext(m.t.Context(), args[0], args[1:]...)
	cmd.Dir = m.folder
	output, err := cmd.CombinedOutput()
	if err != nil {
		m.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, output)
	}
	return string(output)
}

// compiles fails the test unless all code and tests compile. With -thoroughly,
// it runs all tests.
func (m made) compiles() {
	m.t.Helper()
	m.run("go", "vet", "./...")
	if *thoroughly {
		m.run("go", "test", "./...")
	}
}

// passes runs the tests of packages, the rules of the repository, and the
// application's tests that need no browser.
func (m made) passes(packages ...string) {
	m.t.Helper()
	m.run(append([]string{"go", "test", "."}, packages...)...)
	m.run("go", "test", "./cmd/web", "-run", "^Test(LoadConfig|EnvExample|Run_|Serve_says|Migrate|Readyz|MakeAdmin|Describe|Welcome|Pages_sayWhatTheyAre|Hostile_unknown)")
}

// files calls visit for every file that git tracks.
func (m made) files(visit func(name string, content []byte)) {
	m.t.Helper()
	for name := range strings.SplitSeq(strings.TrimSuffix(m.run("git", "ls-files", "-z"), "\x00"), "\x00") {
		content, err := os.ReadFile(filepath.Join(m.folder, name))
		if err != nil {
			m.t.Fatal(err)
		}
		visit(name, content)
	}
}

// expectOwnName fails the test for every trace of the template's name, in texts
// and in the names of files. Only the record and the first decision name it.
func (m made) expectOwnName() {
	m.t.Helper()
	own := 0
	m.files(func(name string, content []byte) {
		if name == "template.json" || name == "docs/decisions/adr-001-start-from-a-template.md" {
			return
		}
		if text := strings.ToLower(name + "\n" + string(content)); strings.Contains(text, "pergola") {
			at := strings.Index(text, "pergola")
			m.t.Errorf("%s contains the template's name: …%s…", name, text[max(0, at-40):min(len(text), at+40)])
		}
		own += bytes.Count(content, []byte(m.module))
	})
	if own < 400 {
		m.t.Errorf("got the project's own name %d times, want at least 400", own)
	}
	if log := strings.TrimSpace(m.run("git", "log", "--format=%s")); log != "Start Shop" && log != "Start My Garden" {
		m.t.Errorf("got the history %q, want one commit", log)
	}
	if changed := m.run("git", "status", "--porcelain", "--", ":!web/node_modules"); changed != "" {
		m.t.Errorf("got files that are not committed:\n%s", changed)
	}
}

// templateNames matches names of things that projects don't have.
var templateNames = regexp.MustCompile(`\bbench/|bench:|check:matrix|\bADR[ -]?\d|adr-0(0[2-9]|[1-9])|start-a-project|maintain-the-template|internal/newproject|docs/(docs|security)_test|prds/(notifications|presence)`)

// expectNoTemplateFiles fails the test for template files and for text that
// mention them.
func (m made) expectNoTemplateFiles() {
	m.t.Helper()
	m.files(func(name string, content []byte) {
		if strings.HasPrefix(name, "tools/prd/") || strings.HasPrefix(name, "tools/vet/") {
			return // these have examples of their own
		}
		if found := templateNames.FindString(name + "\n" + string(content)); found != "" {
			m.t.Errorf("%s mentions %q, which stays in the template", name, found)
		}
		if test := strings.HasSuffix(name, "_test.go"); test && (strings.HasPrefix(name, "cmd/gen/") || strings.HasPrefix(name, "cmd/dev/")) {
			m.t.Errorf("the project has %s, a test of the template's own tools", name)
		}
	})
	for _, kept := range []string{"architecture_test.go", "tools/vet/main.go", "tools/linkcheck/main.go", "tools/prd/main.go"} {
		m.read(kept)
	}
}

// expectRecord fails the test unless the project knows what it was made from.
func (m made) expectRecord() {
	m.t.Helper()
	var got struct {
		Template, Version, Module, Title string
		Minimal                          bool
	}
	if err := json.Unmarshal([]byte(m.read("template.json")), &got); err != nil {
		m.t.Fatal(err)
	}
	if got.Template != "Pergola" || got.Version == "" || got.Module != m.module || got.Title == "" || !got.Minimal {
		m.t.Errorf("template.json = %+v", got)
	}
}

// expectUpdateIsAMerge changes the project on main and the template on its
// branch, merges, and puts everything back.
func (m made) expectUpdateIsAMerge() {
	m.t.Helper()
	git := func(args ...string) {
		m.run(append([]string{"git", "-c", "user.name=Shop", "-c", "user.email=shop@localhost"}, args...)...)
	}
	add := func(name, text string) {
		m.t.Helper()
		if err := os.WriteFile(filepath.Join(m.folder, name), []byte(text), 0o644); err != nil {
			m.t.Fatal(err)
		}
		git("add", name)
	}
	started := strings.TrimSpace(m.run("git", "rev-parse", "HEAD"))
	responder := m.read("core/respond/respond.go")

	add("migrations/20270102030405_accounts_nicknames.sql", "-- +goose Up\nalter table accounts_users add column nickname text;\n")
	add("README.md", m.read("README.md")+"\nOurs.\n")
	git("commit", "-q", "-m", "ours")
	git("switch", "-q", "template")
	add("migrations/20270101010101_accounts_titles.sql", "-- +goose Up\nalter table accounts_users add column title text;\n")
	add("core/respond/respond.go", responder+"\n// Theirs.\n")
	git("commit", "-q", "-m", "a newer template")
	git("switch", "-q", "main")
	git("merge", "-q", "-m", "update from the template", "template")

	for name, text := range map[string]string{"README.md": "Ours.", "core/respond/respond.go": "// Theirs."} {
		if !strings.Contains(m.read(name), text) {
			m.t.Errorf("after the merge, %s does not contain %q", name, text)
		}
	}
	m.run("go", "test", "./migrations")
	git("reset", "-q", "--hard", started)
	git("branch", "-q", "-f", "template", started)
}

// The minimal project shows most of this in each run; this takes minutes.
func TestCreate_renamesTheTemplate(t *testing.T) {
	if !*thoroughly {
		t.Skip("takes minutes: ./task check:matrix")
	}
	t.Parallel()
	m := newProject(t, false)

	m.expectOwnName()
	m.compiles()
	m.expectNoTemplateFiles()
	m.passes("./features/blog")

	for _, feature := range guide(t, "make-it-yours.md", "destroy feature") {
		m.run("go", "run", "./cmd/gen", "destroy", "feature", feature)
	}
	m.compiles()
	m.passes()
}

func TestCreate_minimalProjectGrows(t *testing.T) {
	t.Parallel()
	m := newProject(t, true)
	m.expectOwnName()
	m.expectNoTemplateFiles()
	m.expectRecord()
	m.expectUpdateIsAMerge()
	for _, file := range []string{"go.mod", "go.sum", "web/package.json", "web/package-lock.json"} {
		content, err := os.ReadFile(filepath.Join(m.folder, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, gone := range []string{"riverqueue", "robfig/cron", "zishang520", "socket.io", "engine.io", "goldmark ", "bluemonday", "gosimple/slug"} {
			if bytes.Contains(content, []byte(gone)) {
				t.Errorf("%s of a minimal project names %s", file, gone)
			}
		}
	}
	m.compiles()
	m.passes("./features/accounts", "./features/authentication", "./migrations", "./web")

	for _, name := range guide(t, "make-it-yours.md", "core-package") {
		m.addCorePackage(name)
	}
	m.compiles()
	m.passes("./core/app/apptest", "./core/bridge")

	m.run("go", "run", "./cmd/gen", "feature", "bookmarks", "--fields", "title:string")
	m.run("go", "test", ".", "./features/bookmarks")
	if types := m.read("web/src/channels.gen.ts"); !strings.Contains(types, "bookmarks.") {
		t.Errorf("got no channel of the feature in the browser's types:\n%s", types)
	}
}

// addCorePackage adds a core package. Adding it again changes nothing.
func (m made) addCorePackage(name string) {
	m.t.Helper()
	m.run("go", "run", "./cmd/gen", "core-package", name)
	if said := m.run("go", "run", "./cmd/gen", "core-package", name); !strings.Contains(said, "Nothing to change") {
		m.t.Errorf("core-package %s a second time printed %q, want nothing to change", name, said)
	}
}

func (m made) read(name string) string {
	m.t.Helper()
	content, err := os.ReadFile(filepath.Join(m.folder, name))
	if err != nil {
		m.t.Fatal(err)
	}
	return string(content)
}

// The order in which packages are added doesn't matter.
func TestCreate_minimalProjectGrowsInEveryOrder(t *testing.T) {
	if !*thoroughly {
		t.Skip("takes long: ./task check:matrix")
	}
	t.Parallel()
	minimal := newProject(t, true)
	known := map[string]string{} // what git would commit, by the packages that are there
	for _, order := range [][]string{
		{"events", "jobs", "realtime"}, {"events", "realtime", "jobs"}, {"jobs", "events", "realtime"},
		{"jobs", "realtime", "events"}, {"realtime", "events", "jobs"}, {"realtime", "jobs", "events"},
	} {
		t.Run(strings.Join(order, " "), func(t *testing.T) {
			m := made{t: t, folder: minimal.folder, module: minimal.module}
			m.run("git", "reset", "-q", "--hard")
			for i, name := range order {
				m.addCorePackage(name)
				there := strings.Join(slices.Sorted(slices.Values(order[:i+1])), " and ")
				is := m.tree()
				if known[there] == "" {
					known[there] = is
					m.compiles()
				}
				if is != known[there] {
					t.Errorf("with %s the project differs:\n%s", there, m.run("git", "diff", "--stat", known[there], is))
				}
			}
		})
	}
}

// tree returns the hash of what git would commit.
func (m made) tree() string {
	m.t.Helper()
	m.run("git", "add", "--all", "--", ":!web/node_modules")
	return strings.TrimSpace(m.run("git", "write-tree"))
}

func TestCreate_projectCanLoseAnyExample(t *testing.T) {
	if !*thoroughly {
		t.Skip("takes long: ./task check:matrix")
	}
	t.Parallel()
	folders, err := os.ReadDir(filepath.Join(template, "features"))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		feature := folder.Name()
		if feature == "accounts" || feature == "authentication" { // every project has these
			continue
		}
		t.Run(feature, func(t *testing.T) {
			m := newProject(t, false)
			m.run("go", "run", "./cmd/gen", "destroy", "feature", feature, "--with-handlers")
			m.compiles()
		})
	}
}

func TestCreate_rejectsInvalidOptions(t *testing.T) {
	t.Parallel()
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "note.txt"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	free := filepath.Join(t.TempDir(), "shop")
	for name, test := range map[string]struct {
		options newproject.Options
		says    string
	}{
		"a folder that is not empty":  {newproject.Options{Folder: full, Module: "example.com/shop"}, "is not empty"},
		"a file":                      {newproject.Options{Folder: filepath.Join(full, "note.txt"), Module: "example.com/shop"}, "is not a folder"},
		"in the template":             {newproject.Options{Folder: template + "/web/shop", Module: "example.com/shop"}, "is inside the template"},
		"the template itself":         {newproject.Options{Folder: template, Module: "example.com/shop"}, "is inside the template"},
		"no such place":               {newproject.Options{Folder: filepath.Join(full, "a", "b"), Module: "example.com/shop"}, "does not exist"},
		"is not a module path":        {newproject.Options{Folder: free}, "--module example.com/shop"},
		"a module path that is none":  {newproject.Options{Folder: free, Module: "example.com/../shop"}, "is not a module path"},
		"a module path with a space":  {newproject.Options{Folder: free, Module: "example.com/my shop"}, "is not a module path"},
		"a module path of one word":   {newproject.Options{Folder: free, Module: "Shop"}, "is not a module path"},
		"a URL":                       {newproject.Options{Folder: free, Module: "https://example.com/shop"}, "is not a module path"},
		"the template's name":         {newproject.Options{Folder: free, Module: "example.com/pergola"}, "the name of the template"},
		"a name of Postgres":          {newproject.Options{Folder: free, Module: "example.com/postgres"}, "Go or Postgres reserves it"},
		"a keyword":                   {newproject.Options{Folder: free, Module: "example.com/func"}, "Go or Postgres reserves it"},
		"a name that begins with 7":   {newproject.Options{Folder: free, Module: "example.com/7shop"}, "starting with a letter"},
		"a name of 200 letters":       {newproject.Options{Folder: free, Module: "example.com/" + strings.Repeat("a", 200)}, "2 to 30 letters"},
		"a title that is HTML":        {newproject.Options{Folder: free, Module: "example.com/shop", Title: "<b>Shop</b>"}, "cannot be a title"},
		"a title with a quote in it":  {newproject.Options{Folder: free, Module: "example.com/shop", Title: `Shop"`}, "cannot be a title"},
		"a title in several lines":    {newproject.Options{Folder: free, Module: "example.com/shop", Title: "Shop\nShop"}, "cannot be a title"},
		"a version instead of a name": {newproject.Options{Folder: free, Module: "example.com/go/v2", Title: "Go"}, "Go or Postgres reserves it"},
	} {
		test.options.Template = template
		err := newproject.Create(t.Context(), test.options, io.Discard)
		if !usage.IsError(err) || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want a usage error in one line that contains %q", name, err, test.says)
		}
	}
	if _, err := os.Stat(free); err == nil {
		t.Error("a folder was created")
	}
}

func TestCreate_leavesNothingBehindWhenInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	parent := t.TempDir()

	err := newproject.Create(ctx, newproject.Options{Template: template, Folder: filepath.Join(parent, "shop"), Module: "example.com/shop"}, cancelOn{cancel})

	entries, readErr := os.ReadDir(parent)
	if err == nil || readErr != nil || len(entries) != 0 {
		t.Errorf("got the error %v and left behind %v (%v); want an error and nothing", err, entries, readErr)
	}
}

// cancelOn cancels a context when something is written to it.
type cancelOn struct{ cancel context.CancelFunc }

func (c cancelOn) Write(p []byte) (int, error) {
	c.cancel()
	return len(p), nil
}
