// Package pergola_test checks rules about the whole repository: which feature may
// import which, who owns the tables of a migration, and that the generator's
// anchors are in place. Rules about a single package are in tools/vet. Each failure
// includes the fix. The reasons are in docs/architecture.md.
package pergola_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "example.com/pergola"

// mayImport lists which features each feature may import. The feature that handles
// an event imports the one that publishes it, so that dependencies point one way.
var mayImport = map[string][]string{
	"accounts":       {},
	"authentication": {"accounts"},
	"blog":           {"accounts"},
	"connections":    {"accounts"},
	"eventadmin":     {},
	"jobadmin":       {},
	"notifications":  {"accounts", "blog"},
}

// unreachable lists packages that a package must not import, even indirectly.
var unreachable = []struct {
	from    string
	to      []string
	instead string
}{
	{
		from:    "core/auth",
		to:      []string{"web", "core/respond", "core/realtime"},
		instead: "take an interface, such as auth.Watcher, or a function, as RequireUser does",
	},
	{
		from:    "features/authentication", // and so accounts, which it imports
		to:      []string{"core/realtime", "core/events", "core/jobs", "core/bridge"},
		instead: "a minimal project has accounts and authentication without them: let another feature import these two",
	},
}

// anchors lists the comments above which the generator inserts code, by file. Each
// occurs once. FEATURE is the name of the feature.
var anchors = struct{ feature, application map[string][]string }{
	feature: map[string][]string{
		"features/FEATURE/FEATURE.go": {
			"realtime-channels", "realtime-handlers", "events", "event-handlers", "jobs", "job-handlers",
		},
		"features/FEATURE/providers.go": {"use-cases"},
	},
	application: map[string][]string{
		"cmd/web/features.go": {"feature-fields", "feature-manifests", "feature-sets", "feature-dev-seed-sets"},
		"cmd/web/bridge.go":   {"bridge"}, // in projects with events and realtime
	},
}

func TestFeatures_importOnlyAllowedFeatures(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		from, isFeature := featureOf(p.name())
		if !isFeature {
			continue
		}
		allowed, known := mayImport[from]
		if !known {
			t.Errorf("feature %s is not in the table mayImport of architecture_test.go: add it there, with the features that it imports", from)
			continue
		}
		for _, imported := range p.allImports() {
			if to, ok := featureOf(imported); ok && to != from && !slices.Contains(allowed, to) {
				t.Errorf("%s imports features/%s: let the feature that handles the event import the one that publishes it, or add the dependency to mayImport in architecture_test.go", p.name(), to)
			}
		}
	}
}

func TestPackages_doNotImportUnreachableOnes(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, rule := range unreachable {
			if p.name() != rule.from {
				continue
			}
			for _, needed := range p.Deps {
				needed, ours := strings.CutPrefix(needed, module+"/")
				if ours && slices.ContainsFunc(rule.to, func(to string) bool { return under(to)(needed) }) {
					t.Errorf("%s imports %s, directly or indirectly: %s", rule.from, needed, rule.instead)
				}
			}
		}
	}
}

func TestSocketIOClient_isImportedByOneScript(t *testing.T) {
	t.Parallel()
	for _, name := range files(t, "web/src", ".ts") {
		if name != "web/src/realtime.ts" && strings.Contains(read(t, name), `"socket.io-client`) {
			t.Errorf("%s imports socket.io-client: use channel(…) of web/src/realtime.ts", name)
		}
	}
}

// vague matches names that do not describe their content.
var vague = regexp.MustCompile(`(?i)^(utils?|commons?|helpers?|managers?|base|misc|types?)$`)

func TestNames_describeTheirContent(t *testing.T) {
	t.Parallel()
	for _, file := range goFiles(t) {
		folder, base := path.Split(file.name)
		for element := range strings.SplitSeq(strings.Trim(folder, "/"), "/") {
			if vague.MatchString(element) {
				t.Errorf("%s: the folder name %q is too vague: name it after its content", file.name, element)
			}
		}
		stem := strings.TrimSuffix(strings.TrimSuffix(base, ".go"), "_test")
		if vague.MatchString(stem) {
			t.Errorf("%s: the file name is too vague: name it after its content", file.name)
		}
		ast.Inspect(file.syntax, func(node ast.Node) bool {
			if spec, ok := node.(*ast.TypeSpec); ok && vague.MatchString(spec.Name.Name) && !strings.HasSuffix(base, "_test.go") {
				t.Errorf("%s: the type name %s is too vague: name it after what it is", file.position(spec.Pos()), spec.Name.Name)
			}
			return true
		})
	}
}

// platform matches file-name endings that the go command treats as build
// constraints.
var platform = regexp.MustCompile(`_(aix|android|darwin|dragonfly|freebsd|illumos|ios|js|linux|netbsd|openbsd|plan9|solaris|wasip1|windows|386|amd64|arm|arm64|loong64|mips|mips64|ppc64|ppc64le|riscv64|s390x|wasm)(_test)?\.go$`)

func TestFileNames_areNotBuildConstraints(t *testing.T) {
	t.Parallel()
	for _, file := range goFiles(t) {
		if platform.MatchString(file.name) && !bytes.Contains(file.source, []byte("//go:build ")) {
			t.Errorf("%s: Go treats the ending of this name as a build constraint and ignores the file on other systems: rename it, or add a //go:build line if that is intended", file.name)
		}
	}
}

func TestAnchors_areInEveryFeature(t *testing.T) {
	t.Parallel()
	for _, name := range features(t) {
		want := map[string][]string{}
		for file, wanted := range anchors.feature {
			want[strings.ReplaceAll(file, "FEATURE", name)] = wanted
		}
		expectAnchors(t, files(t, "features/"+name, ".go"), want)
	}
	expectAnchors(t, files(t, "cmd/web", ".go"), anchors.application)
}

var anchorComment = regexp.MustCompile(`// <gen:([a-z-]+)>`)

// expectAnchors compares the anchors in files with the expected ones.
func expectAnchors(t *testing.T, files []string, want map[string][]string) {
	t.Helper()
	for name := range want {
		if optional := name == "cmd/web/bridge.go" && !exists("core/bridge"); !optional && !slices.Contains(files, name) {
			t.Errorf("%s does not exist: it must contain the anchors %s", name, strings.Join(want[name], ", "))
		}
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue // a test may mention anchors
		}
		found := map[string]int{}
		for _, match := range anchorComment.FindAllStringSubmatch(read(t, name), -1) {
			found[match[1]]++
		}
		for _, anchor := range want[name] {
			if n := found[anchor]; n != 1 {
				t.Errorf("%s has the anchor `// <gen:%s>` %d times, want once: docs/guides/generators.md shows where it belongs", name, anchor, n)
			}
			delete(found, anchor)
		}
		for anchor := range found {
			t.Errorf("%s has the anchor `// <gen:%s>`, which the generator does not use in this file: remove it", name, anchor)
		}
	}
}

var (
	migrationName  = regexp.MustCompile(`^\d{14}_([a-z]+)_[a-z0-9_]+\.sql$`)
	tableStatement = regexp.MustCompile(`(?i)\b(?:(?:create|alter|drop)\s+(?:unlogged\s+)?table\s+(?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?|` +
		`references\s+|insert\s+into\s+|delete\s+from\s+(?:only\s+)?|truncate\s+(?:table\s+)?|` +
		`index\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?\w+\s+on\s+(?:only\s+)?|trigger\s+\w+\s+.*?\bon\s+)"?([a-z0-9_.]+)`)
	tableUpdate = regexp.MustCompile(`(?i)\bupdate\s+(?:only\s+)?"?([a-z0-9_.]+)"?(?:\s+(?:as\s+)?[a-z]+)?\s+set\b`)
	sqlText     = regexp.MustCompile(`'[^']*'`)
	sqlComment  = regexp.MustCompile(`--[^\n]*`)
)

func TestTables_belongToTheOwnerOfTheirMigration(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, name := range files(t, "migrations", ".sql") {
		base := path.Base(name)
		if parts := migrationName.FindStringSubmatch(base); parts != nil {
			if other, taken := seen[base[:14]]; taken {
				t.Errorf("%s has the same number as %s: number it with the current UTC time", base, other)
			}
			seen[base[:14]] = base
			if owner := parts[1]; !exists("features/"+owner) && !exists("core/"+owner) && owner != "river" {
				t.Errorf("%s: its owner %q is not a feature, a package of core or river", name, owner)
			}
		}
		for _, problem := range migrationProblems(base, read(t, name)) {
			t.Errorf("%s %s", name, problem)
		}
	}
}

// migrationProblems returns what is wrong with one migration by itself.
func migrationProblems(base, sql string) []string {
	parts := migrationName.FindStringSubmatch(base)
	if parts == nil {
		return []string{"is not named <UTC timestamp>_<owner>_<what>.sql"}
	}
	owner := parts[1]
	var problems []string
	sql = sqlText.ReplaceAllString(sqlComment.ReplaceAllString(sql, ""), "''")
	for _, table := range append(tableStatement.FindAllStringSubmatch(sql, -1), tableUpdate.FindAllStringSubmatch(sql, -1)...) {
		if !strings.HasPrefix(strings.ToLower(table[1]), owner+"_") {
			problems = append(problems, fmt.Sprintf("touches the table %s: a migration of %s owns only tables named %[2]s_…; ask the owner of the other for a use case or a view", table[1], owner))
		}
	}
	return problems
}

func TestMigrationProblems_reportsForeignTables(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ base, sql, want string }{
		"its own table":             {"20261124090000_shop_books.sql", "create table shop_books (id int); create index a on shop_books (id); -- update blog_articles set x", ""},
		"its own table, referenced": {"20261124090000_shop_books.sql", "create table shop_pages (book int references shop_books on delete cascade on update cascade)", ""},
		"a string literal":          {"20261124090000_shop_books.sql", "insert into shop_books values ('update blog_articles set x')", ""},
		"no number":                 {"shop_books.sql", "", "is not named <UTC timestamp>_<owner>_<what>.sql"},
		"five digits":               {"00050_shop_books.sql", "", "is not named"},
		"no owner":                  {"20261124090000_books.sql", "", "is not named"},
		"create":                    {"20261124090000_shop_books.sql", "CREATE TABLE IF NOT EXISTS blog_books (id int)", "touches the table blog_books"},
		"alter":                     {"20261124090000_shop_books.sql", "alter table only blog_articles add x int", "touches the table blog_articles"},
		"drop":                      {"20261124090000_shop_books.sql", "drop table blog_articles", "touches the table blog_articles"},
		"references":                {"20261124090000_shop_books.sql", "create table shop_books (by uuid references accounts_users (id))", "touches the table accounts_users"},
		"index":                     {"20261124090000_shop_books.sql", "create unique index concurrently x on blog_articles (title)", "touches the table blog_articles"},
		"insert":                    {"20261124090000_shop_books.sql", "insert into blog_articles values (1)", "touches the table blog_articles"},
		"update":                    {"20261124090000_shop_books.sql", "update accounts_users set name = ''", "touches the table accounts_users"},
		"delete":                    {"20261124090000_shop_books.sql", "delete from accounts_users", "touches the table accounts_users"},
		"truncate":                  {"20261124090000_shop_books.sql", "truncate accounts_users", "touches the table accounts_users"},
		"trigger":                   {"20261124090000_shop_books.sql", "create trigger x after insert on blog_articles execute function f()", "touches the table blog_articles"},
		"a name without an owner":   {"20261124090000_shop_books.sql", "create table books (id int)", "touches the table books"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			found := strings.Join(migrationProblems(tt.base, tt.sql), "; ")

			if !strings.Contains(found, tt.want) || tt.want == "" && found != "" {
				t.Errorf("problems = %q, want %q", found, tt.want)
			}
		})
	}
}

// pkg is a package as listed by the go command.
type pkg struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string
}

// name returns the folder.
func (p pkg) name() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

// allImports returns our own packages that it or its tests import, as folders.
func (p pkg) allImports() []string {
	var ours []string
	for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
		if name, ok := strings.CutPrefix(imported, module+"/"); ok {
			ours = append(ours, name)
		}
	}
	slices.Sort(ours)
	return slices.Compact(ours)
}

var listPackages = sync.OnceValues(func() ([]pkg, error) {
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports,Deps", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, stderr.String())
	}
	var list []pkg
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, fmt.Errorf("read the output of go list: %w", err)
		}
		list = append(list, p)
	}
})

func packages(t *testing.T) []pkg {
	t.Helper()
	list, err := listPackages()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// goFile is a hand-written file.
type goFile struct {
	name   string
	source []byte
	set    *token.FileSet
	syntax *ast.File
}

func (f goFile) position(p token.Pos) string { return f.set.Position(p).String() }

var parseFiles = sync.OnceValues(func() ([]goFile, error) {
	var parsed []goFile
	err := walk(".", func(name string) error {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_templ.go") || path.Base(name) == "wire_gen.go" {
			return nil
		}
		source, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		syntax, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		parsed = append(parsed, goFile{name, source, set, syntax})
		return nil
	})
	return parsed, err
})

func goFiles(t *testing.T) []goFile {
	t.Helper()
	list, err := parseFiles()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// files returns the files below a folder with this ending.
func files(t *testing.T, folder, ending string) []string {
	t.Helper()
	var found []string
	err := walk(folder, func(name string) error {
		if strings.HasSuffix(name, ending) {
			found = append(found, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// walk calls visit for every file of this repository below a folder.
func walk(folder string, visit func(name string) error) error {
	return filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() {
			return visit(filepath.ToSlash(name))
		}
		base := entry.Name()
		if name != "." && (strings.HasPrefix(base, ".") || base == "node_modules" || base == "testdata" || base == "dist") {
			return fs.SkipDir
		}
		return nil
	})
}

func features(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("features")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names
}

// featureOf returns the feature that a folder belongs to.
func featureOf(folder string) (string, bool) {
	rest, ok := strings.CutPrefix(folder, "features/")
	name, _, _ := strings.Cut(rest, "/")
	return name, ok
}

// under reports whether a folder or file is this folder or inside it.
func under(folder string) func(name string) bool {
	return func(name string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
