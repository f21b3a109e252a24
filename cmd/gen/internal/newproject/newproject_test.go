package newproject_test

import (
	"bytes"
	"context"
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

	"example.com/pergola/cmd/gen/internal/misuse"
	"example.com/pergola/cmd/gen/internal/newproject"
)

var thoroughly = flag.Bool("thoroughly", false, "run every test of every project that is made, and make more of them (./task check:matrix)")

// template is the checkout that this test is part of.
const template = "../../../.."

// TestMain has paths left out of what is compiled: what two projects of one name
// have in common is then compiled once.
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

// made is a project that a test has made.
type made struct {
	t      *testing.T
	folder string
	module string
}

// guide are the commands of docs/guides/make-it-yours.md that begin with these
// words, without them.
func guide(t *testing.T, begin string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(template, "docs", "guides", "make-it-yours.md"))
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

// newProject makes what the guide says: a project of its own, or a slim one.
func newProject(t *testing.T, slim bool) made {
	t.Helper()
	commands := guide(t, "new")
	if len(commands) != 2 {
		t.Fatalf("the guide has the commands %q, want a project and a slim one", commands)
	}
	command := strings.Fields(commands[0])
	if slim {
		command = strings.Fields(commands[1])
	}
	wanted := newproject.Wanted{Template: template, Folder: filepath.Join(t.TempDir(), filepath.Base(command[0])), Module: command[2], Slim: len(command) > 3 && command[3] == "--slim"}
	if command[1] != "--module" || wanted.Slim != slim {
		t.Fatalf("the guide says %q", command)
	}
	folder := wanted.Folder
	if err := newproject.Make(t.Context(), wanted, io.Discard); err != nil {
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

// stopServer stops the database server that the tests of the project started: it
// would go on for the next run, and there is none.
func (m made) stopServer() {
	stop := exec.Command("go", "run", "./core/database/databasetest/stopserver")
	stop.Dir = m.folder
	if output, err := stop.CombinedOutput(); err != nil {
		m.t.Errorf("stop the server of the project: %v\n%s", err, output)
	}
}

// run runs a program in the project and returns what it says.
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

// compiles fails the test unless everything does, tests included; thoroughly,
// all of them pass.
func (m made) compiles() {
	m.t.Helper()
	m.run("go", "vet", "./...")
	if *thoroughly {
		m.run("go", "test", "./...")
	}
}

// passes runs tests of the project, those of the whole among them that need no
// browser.
func (m made) passes(packages ...string) {
	m.t.Helper()
	m.run(append([]string{"go", "test", ".", "./docs"}, packages...)...)
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

// expectOwnName fails the test for every trace of the template's name: in
// texts, in names of files, in what a slim project carries. Nothing is left
// out.
func (m made) expectOwnName() {
	m.t.Helper()
	own := 0
	m.files(func(name string, content []byte) {
		if text := strings.ToLower(name + "\n" + string(content)); strings.Contains(text, "pergola") {
			at := strings.Index(text, "pergola")
			m.t.Errorf("%s has the template's name in it: …%s…", name, text[max(0, at-40):min(len(text), at+40)])
		}
		own += bytes.Count(content, []byte(m.module))
	})
	if own < 500 {
		m.t.Errorf("the project's own name is in it only %d times", own)
	}
	if log := strings.TrimSpace(m.run("git", "log", "--format=%s")); log != "Shop begins" && log != "My Garden begins" {
		m.t.Errorf("its history is %q, want one commit", log)
	}
	if changed := m.run("git", "status", "--porcelain", "--", ":!web/node_modules"); changed != "" {
		m.t.Errorf("not everything is committed:\n%s", changed)
	}
}

// The whole template under another name. It takes minutes; that no name is left
// and that what is made works is also shown by the slim one, each time.
func TestMake_isAProjectOfItsOwn(t *testing.T) {
	if !*thoroughly {
		t.Skip("takes minutes: ./task check:matrix")
	}
	t.Parallel()
	m := newProject(t, false)

	m.expectOwnName()
	m.compiles()
	m.passes("./features/blog")

	for _, feature := range guide(t, "destroy feature") {
		m.run("go", "run", "./cmd/gen", "destroy", "feature", feature)
	}
	m.compiles()
	m.passes()
}

func TestMake_slimGrowsPackageByPackageAndGetsAFeature(t *testing.T) {
	t.Parallel()
	m := newProject(t, true)
	m.expectOwnName()
	for _, file := range []string{"go.mod", "go.sum", "web/package.json", "web/package-lock.json"} {
		content, err := os.ReadFile(filepath.Join(m.folder, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, gone := range []string{"riverqueue", "robfig/cron", "zishang520", "socket.io", "engine.io", "goldmark ", "bluemonday", "gosimple/slug"} {
			if bytes.Contains(content, []byte(gone)) {
				t.Errorf("%s of a slim project still names %s", file, gone)
			}
		}
	}
	m.compiles()
	m.passes("./features/accounts", "./migrations", "./web")

	for _, name := range guide(t, "core-package") {
		m.grow(name)
	}
	m.compiles()
	m.passes("./core/app/apptest", "./core/bridge")

	m.run("go", "run", "./cmd/gen", "feature", "bookmarks", "--fields", "title:string")
	m.run("go", "test", ".", "./features/bookmarks")
	if types := m.read("web/src/channels.gen.ts"); !strings.Contains(types, "bookmarks.") {
		t.Errorf("the feature has no channel that browsers know:\n%s", types)
	}
	m.run("go", "run", "./cmd/gen", "destroy", "feature", "bookmarks")
	m.run("go", "test", ".")
}

// grow brings a package back; doing so twice changes nothing.
func (m made) grow(name string) {
	m.t.Helper()
	m.run("go", "run", "./cmd/gen", "core-package", name)
	if said := m.run("go", "run", "./cmd/gen", "core-package", name); !strings.Contains(said, "Nothing to change") {
		m.t.Errorf("core-package %s a second time says %q", name, said)
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

// In whatever order packages come, the project is the same, and with each choice
// of them everything passes.
func TestMake_slimGrowsInEveryOrder(t *testing.T) {
	if !*thoroughly {
		t.Skip("takes long: ./task check:matrix")
	}
	t.Parallel()
	slim := newProject(t, true)
	known := map[string]string{} // what git would commit, by the packages that are there
	for _, order := range [][]string{
		{"events", "jobs", "realtime"}, {"events", "realtime", "jobs"}, {"jobs", "events", "realtime"},
		{"jobs", "realtime", "events"}, {"realtime", "events", "jobs"}, {"realtime", "jobs", "events"},
	} {
		t.Run(strings.Join(order, " "), func(t *testing.T) {
			m := made{t: t, folder: slim.folder, module: slim.module}
			m.run("git", "reset", "-q", "--hard")
			for i, name := range order {
				m.grow(name)
				there := strings.Join(slices.Sorted(slices.Values(order[:i+1])), " and ")
				is := m.tree()
				if known[there] == "" {
					known[there] = is
					m.compiles()
				}
				if is != known[there] {
					t.Errorf("with %s it is another project:\n%s", there, m.run("git", "diff", "--stat", known[there], is))
				}
			}
		})
	}
}

// tree is what git would commit now.
func (m made) tree() string {
	m.t.Helper()
	m.run("git", "add", "--all", "--", ":!web/node_modules")
	return strings.TrimSpace(m.run("git", "write-tree"))
}

// A project without one of the examples builds and passes its tests.
func TestMake_losesAnyOfTheExamples(t *testing.T) {
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
		if feature == "accounts" { // which no project can do without
			continue
		}
		t.Run(feature, func(t *testing.T) {
			m := newProject(t, false)
			m.run("go", "run", "./cmd/gen", "destroy", "feature", feature, "--with-listeners")
			m.compiles()
		})
	}
}

func TestMake_refusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "note.txt"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	free := filepath.Join(t.TempDir(), "shop")
	for name, test := range map[string]struct {
		wanted newproject.Wanted
		says   string
	}{
		"a folder that is not empty":  {newproject.Wanted{Folder: full, Module: "example.com/shop"}, "is not empty"},
		"a file":                      {newproject.Wanted{Folder: filepath.Join(full, "note.txt"), Module: "example.com/shop"}, "is no folder"},
		"in the template":             {newproject.Wanted{Folder: template + "/web/shop", Module: "example.com/shop"}, "is in the template"},
		"the template itself":         {newproject.Wanted{Folder: template, Module: "example.com/shop"}, "is in the template"},
		"no such place":               {newproject.Wanted{Folder: filepath.Join(full, "a", "b"), Module: "example.com/shop"}, "there is no folder"},
		"no module path":              {newproject.Wanted{Folder: free}, "--module example.com/shop"},
		"a module path that is none":  {newproject.Wanted{Folder: free, Module: "example.com/../shop"}, "no module path"},
		"a module path with a space":  {newproject.Wanted{Folder: free, Module: "example.com/my shop"}, "no module path"},
		"a module path of one word":   {newproject.Wanted{Folder: free, Module: "Shop"}, "no module path"},
		"a URL":                       {newproject.Wanted{Folder: free, Module: "https://example.com/shop"}, "no module path"},
		"the template's name":         {newproject.Wanted{Folder: free, Module: "example.com/pergola"}, "the name of the template"},
		"a name of Postgres":          {newproject.Wanted{Folder: free, Module: "example.com/postgres"}, "to Go or to Postgres"},
		"a keyword":                   {newproject.Wanted{Folder: free, Module: "example.com/func"}, "to Go or to Postgres"},
		"a name that begins with 7":   {newproject.Wanted{Folder: free, Module: "example.com/7shop"}, "beginning with a letter"},
		"a name of 200 letters":       {newproject.Wanted{Folder: free, Module: "example.com/" + strings.Repeat("a", 200)}, "2 to 30 letters"},
		"a title that is HTML":        {newproject.Wanted{Folder: free, Module: "example.com/shop", Title: "<b>Shop</b>"}, "cannot be a title"},
		"a title with a quote in it":  {newproject.Wanted{Folder: free, Module: "example.com/shop", Title: `Shop"`}, "cannot be a title"},
		"a title in several lines":    {newproject.Wanted{Folder: free, Module: "example.com/shop", Title: "Shop\nShop"}, "cannot be a title"},
		"a version is no name either": {newproject.Wanted{Folder: free, Module: "example.com/go/v2", Title: "Go"}, "to Go or to Postgres"},
	} {
		test.wanted.Template = template
		err := newproject.Make(t.Context(), test.wanted, io.Discard)
		if !misuse.Is(err) || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want a misuse in one line that says %q", name, err, test.says)
		}
	}
	if _, err := os.Stat(free); err == nil {
		t.Error("something was made all the same")
	}
}

func TestMake_leavesNothingBehindWhenItIsInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	parent := t.TempDir()

	err := newproject.Make(ctx, newproject.Wanted{Template: template, Folder: filepath.Join(parent, "shop"), Module: "example.com/shop"}, cancelOn{cancel})

	entries, readErr := os.ReadDir(parent)
	if err == nil || readErr != nil || len(entries) != 0 {
		t.Errorf("error %v; left behind: %v, %v", err, entries, readErr)
	}
}

// cancelOn ends a context as soon as something is said.
type cancelOn struct{ cancel context.CancelFunc }

func (c cancelOn) Write(p []byte) (int, error) {
	c.cancel()
	return len(p), nil
}
