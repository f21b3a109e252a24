package docs_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "example.com/pergola/features/blog" // the pages under test
)

var (
	testLink    = regexp.MustCompile("\\[`(Test\\w+)`\\]\\(([^)]+)\\)")
	requirement = regexp.MustCompile(`(?m)^\| (\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \|$`)
)

// levelOne lists the requirements of level 1 of OWASP ASVS 4.0.3, without those
// that were deleted or belong to higher levels.
const levelOne = `
	2.1.1-12 2.2.1-3 2.3.1 2.5.1-6 2.7.1-4 2.8.1
	3.1.1 3.2.1-3 3.3.1-2 3.4.1-5 3.7.1
	4.1.1-3 4.1.5 4.2.1-2 4.3.1-2
	5.1.1-5 5.2.1-8 5.3.1-10 5.5.1-4
	6.2.1 7.1.1-2 7.4.1 8.2.1-3 8.3.1-4 9.1.1-3 10.3.1-3 11.1.1-5
	12.1.1 12.3.1-5 12.4.1-2 12.5.1-2 12.6.1
	13.1.1 13.1.3 13.2.1-3 13.3.1
	14.2.1-3 14.3.2-3 14.4.1-7 14.5.1-3`

func TestSecurity_listsEveryRequirement(t *testing.T) {
	t.Parallel()
	wanted := numbers(t, levelOne)
	listed := map[string]bool{}
	for _, row := range requirement.FindAllStringSubmatch(securityPage(t), -1) {
		number, shown := row[1], strings.TrimSpace(row[3])
		if listed[number] {
			t.Errorf("%s is listed twice", number)
		}
		listed[number] = true
		if !wanted[number] {
			t.Errorf("%s is not a requirement of level 1", number)
		}
		if shown == "" {
			t.Errorf("%s has neither a test nor a reason", number)
		}
	}
	for number := range wanted {
		if !listed[number] {
			t.Errorf("%s is missing", number)
		}
	}
}

// numbers expands "2.2.1-3" to 2.2.1, 2.2.2, 2.2.3.
func numbers(t *testing.T, ranges string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for entry := range strings.FieldsSeq(ranges) {
		var chapter, section, first int
		if _, err := fmt.Sscanf(entry, "%d.%d.%d", &chapter, &section, &first); err != nil {
			t.Fatalf("%s: %v", entry, err)
		}
		last := first
		if _, to, found := strings.Cut(entry, "-"); found {
			if _, err := fmt.Sscan(to, &last); err != nil {
				t.Fatalf("%s: %v", entry, err)
			}
		}
		for n := first; n <= last; n++ {
			all[fmt.Sprintf("%d.%d.%d", chapter, section, n)] = true
		}
	}
	return all
}

func TestSecurity_namesExistingTests(t *testing.T) {
	t.Parallel()
	links := testLink.FindAllStringSubmatch(securityPage(t), -1)
	if len(links) < 100 {
		t.Errorf("found only %d test names, want at least 100", len(links))
	}
	inFile := map[string]map[string]bool{}
	for _, link := range links {
		name, file := link[1], link[2]
		if inFile[file] == nil {
			inFile[file] = testsIn(t, file)
		}
		if !inFile[file][name] {
			t.Errorf("%s is not in %s", name, file)
		}
	}
}

func securityPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("security.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// testsIn returns the names of the test functions in a file.
func testsIn(t *testing.T, path string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(path), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return names
	}
	for _, declaration := range file.Decls {
		if function, ok := declaration.(*ast.FuncDecl); ok && function.Recv == nil {
			names[function.Name.Name] = true
		}
	}
	return names
}
