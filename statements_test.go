package pergola_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// aStatement matches the start of an SQL statement, or of a clause that is
// appended to one.
var aStatement = regexp.MustCompile(`(?i)^\s*(select|insert into|update|delete from|with|truncate|alter|drop|create|and|or|where|order by|limit|join)\s`)

// A value that becomes part of an SQL text is an injection risk, even if it was
// validated. Values are arguments ($1).
func TestStatements_areConstants(t *testing.T) {
	t.Parallel()
	found := 0
	for _, dir := range packagesWithStatements(t) {
		files, constants := parsePackage(t, dir)
		for name, file := range files {
			ast.Inspect(file, func(node ast.Node) bool {
				switch node := node.(type) {
				case *ast.BasicLit:
					if isStatement(node) {
						found++
					}
				case *ast.BinaryExpr:
					if node.Op == token.ADD && hasStatement(node) && !isConstant(node, constants) {
						t.Errorf("%s: a statement is concatenated with a value that is not a constant: pass it as an argument ($1)", name)
					}
				case *ast.CallExpr:
					if formats(node) {
						t.Errorf("%s: a statement is formatted: pass its values as arguments ($1)", name)
					}
				}
				return true
			})
		}
	}
	if found < 20 {
		t.Errorf("found only %d statements: update this test if they have moved", found)
	}
}

func packagesWithStatements(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob("features/*")
	if err != nil {
		t.Fatal(err)
	}
	return append(dirs, "core/auth")
}

// parsePackage parses the files of a package without its tests, and returns the
// names of its constants.
func parsePackage(t *testing.T, dir string) (files map[string]*ast.File, constants map[string]bool) {
	t.Helper()
	files, constants = map[string]*ast.File{}, map[string]bool{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name := filepath.Join(dir, entry.Name())
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_templ.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = file
		ast.Inspect(file, func(node ast.Node) bool {
			if declaration, ok := node.(*ast.GenDecl); ok && declaration.Tok == token.CONST {
				for _, spec := range declaration.Specs {
					for _, name := range spec.(*ast.ValueSpec).Names {
						constants[name.Name] = true
					}
				}
			}
			return true
		})
	}
	return files, constants
}

func isStatement(literal *ast.BasicLit) bool {
	return literal.Kind == token.STRING && aStatement.MatchString(strings.Trim(literal.Value, "`\""))
}

func hasStatement(expression ast.Node) (found bool) {
	ast.Inspect(expression, func(node ast.Node) bool {
		if literal, ok := node.(*ast.BasicLit); ok {
			found = found || isStatement(literal)
		}
		return true
	})
	return found
}

func isConstant(expression ast.Expr, constants map[string]bool) bool {
	switch expression := expression.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return constants[expression.Name]
	case *ast.BinaryExpr:
		return isConstant(expression.X, constants) && isConstant(expression.Y, constants)
	case *ast.ParenExpr:
		return isConstant(expression.X, constants)
	default:
		return false
	}
}

// formats reports whether a call formats a statement with fmt.Sprintf or a
// similar function.
func formats(call *ast.CallExpr) bool {
	function, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 || !strings.HasPrefix(function.Sel.Name, "Sprint") {
		return false
	}
	return hasStatement(call.Args[0])
}
