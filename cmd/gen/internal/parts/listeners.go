package parts

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

// stopListening takes out of other features what they do when a feature speaks
// that is gone, where no mark has said so: functions that speak of it, entries
// of lists that do, and tests of which nothing remains. What is more than that
// it leaves alone, and somebody has to see to it.
func (f Files) stopListening(gone string) error {
	for _, name := range f.names() {
		if !strings.HasPrefix(name, "features/") {
			continue
		}
		if !strings.HasSuffix(name, ".go") || Generated(name) || !f.imports(name, gone) {
			continue
		}
		content, err := silenced(f[name].Content, f.Module()+"/features/"+gone, gone)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if strings.HasSuffix(name, "_test.go") && !hasDeclarations(content) {
			delete(f, name)
			continue
		}
		f[name] = f[name].with(content)
	}
	return nil
}

// silenced is a file without the functions and the entries of lists that speak
// of a package, and without the imports that only they needed.
func silenced(source []byte, imported, gone string) ([]byte, error) {
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
		if function, ok := declaration.(*ast.FuncDecl); ok && speaksOf(function.Type, gone) {
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

// speaksOf reports whether a part of a file names something of a package.
func speaksOf(node ast.Node, name string) (found bool) {
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

// withoutImport leaves out the import if nothing speaks of it any more.
func withoutImport(content, imported, name string) string {
	file, err := parser.ParseFile(token.NewFileSet(), "", content, parser.SkipObjectResolution)
	if err != nil || speaksOf(file, name) {
		return content
	}
	line := regexp.MustCompile(`(?m)^(import )?\s*` + regexp.QuoteMeta(strconv.Quote(imported)) + `.*\n`)
	return line.ReplaceAllString(content, "")
}

// withoutUnused leaves out imports of the standard library and of this project
// that nothing uses: their names are the ends of their paths.
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
