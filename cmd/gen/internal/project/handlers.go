package project

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// removeHandlers removes from the other features what handles the events of a
// removed one: the functions whose signature mentions it, tests that mention it, and
// its entries in lists. Anything else stays.
func (f Files) removeHandlers(module, feature string) error {
	imported := module + "/features/" + feature
	for _, name := range f.names() {
		if !strings.HasPrefix(name, "features/") || !strings.HasSuffix(name, ".go") || Generated(name) ||
			!strings.Contains(string(f[name].Content), strconv.Quote(imported)) {
			continue
		}
		test := strings.HasSuffix(name, "_test.go")
		content, err := withoutMentions(f[name].Content, imported, feature, test)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if test && !hasDeclarations(content) {
			delete(f, name)
			continue
		}
		f[name] = f[name].with(content)
	}
	return nil
}

// withoutMentions removes the functions and list entries that mention a package,
// and the imports that only they needed. Functions of tests count with their bodies.
func withoutMentions(source []byte, imported, gone string, test bool) ([]byte, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	lines := strings.SplitAfter(string(source), "\n")
	drop := func(from, to token.Pos) {
		for line := set.Position(from).Line; line <= set.Position(to).Line; line++ {
			lines[line-1] = ""
		}
	}
	for _, declaration := range file.Decls {
		if function, ok := declaration.(*ast.FuncDecl); ok && (mentions(function.Type, gone) || test && mentions(function, gone)) {
			begin := function.Pos()
			if function.Doc != nil {
				begin = function.Doc.Pos()
			}
			drop(begin, function.End())
		}
	}
	entry := regexp.MustCompile(`^\s*[\w.]+\(` + gone + `\.[A-Z].*\),\s*$`)
	for i, line := range lines {
		if entry.MatchString(line) {
			lines[i] = ""
		}
	}
	content := withoutImport(strings.Join(lines, ""), imported, gone)
	return format.Source([]byte(withoutUnused(content)))
}

// mentions reports whether a part of a file uses a package.
func mentions(node ast.Node, name string) (found bool) {
	ast.Inspect(node, func(node ast.Node) bool {
		if selector, ok := node.(*ast.SelectorExpr); ok {
			if x, ok := selector.X.(*ast.Ident); ok && x.Name == name {
				found = true
			}
		}
		return !found
	})
	return found
}

// withoutImport removes the import if nothing uses it.
func withoutImport(content, imported, name string) string {
	file, err := parser.ParseFile(token.NewFileSet(), "", content, parser.SkipObjectResolution)
	if err != nil || mentions(file, name) {
		return content
	}
	line := regexp.MustCompile(`(?m)^(import )?\s*` + regexp.QuoteMeta(strconv.Quote(imported)) + `.*\n`)
	return line.ReplaceAllString(content, "")
}

// withoutUnused removes unused imports of the standard library and of this project,
// whose names are the last elements of their paths.
func withoutUnused(content string) string {
	file, err := parser.ParseFile(token.NewFileSet(), "", content, parser.SkipObjectResolution)
	if err != nil {
		return content
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err == nil && spec.Name == nil && !strings.Contains(imported, "github.com/") {
			content = withoutImport(content, imported, path.Base(imported))
		}
	}
	return content
}

func hasDeclarations(content []byte) bool {
	file, err := parser.ParseFile(token.NewFileSet(), "", content, parser.SkipObjectResolution)
	return err != nil || slices.ContainsFunc(file.Decls, func(declaration ast.Decl) bool {
		general, ok := declaration.(*ast.GenDecl)
		return !ok || general.Tok != token.IMPORT
	})
}
