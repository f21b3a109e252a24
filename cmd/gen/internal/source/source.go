// Package source changes Go files where the syntax tree says: imports, the
// parts of a Manifest, the use cases of Feature, entries of a map. It changes the
// text at the places that the tree names, so that nothing else moves, and what
// it adds can be taken away again without a trace.
package source

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// file is a parsed source.
type file struct {
	text   []byte
	set    *token.FileSet
	syntax *ast.File
}

func parse(text []byte) (*file, error) {
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, "", text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &file{text, set, syntax}, nil
}

func (f *file) offset(at token.Pos) int { return f.set.Position(at).Offset }

func (f *file) slice(node ast.Node) []byte { return f.text[f.offset(node.Pos()):f.offset(node.End())] }

// replace returns the text with something else between two places, formatted.
func (f *file) replace(from, to int, text string) ([]byte, error) {
	return format.Source(slices.Concat(f.text[:from], []byte(text), f.text[to:]))
}

// Imports are the paths that the file imports.
func Imports(text []byte) ([]string, error) {
	f, err := parse(text)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, spec := range f.syntax.Imports {
		paths = append(paths, importPath(spec))
	}
	return paths, nil
}

// AddImport makes sure that the file imports the package: in one block, with
// the standard library, other modules, and this module apart.
func AddImport(text []byte, module, path string) ([]byte, error) {
	f, err := parse(text)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(f.syntax.Imports, func(s *ast.ImportSpec) bool { return importPath(s) == path }) {
		return text, nil
	}
	return f.writeImports(module, append(f.importLines(), strconv.Quote(path)))
}

// DropImport takes the import away if nothing in the file uses it any more.
func DropImport(text []byte, module, path string) ([]byte, error) {
	f, err := parse(text)
	if err != nil {
		return nil, err
	}
	name := path[strings.LastIndex(path, "/")+1:]
	used := false
	ast.Inspect(f.syntax, func(node ast.Node) bool {
		if selector, ok := node.(*ast.SelectorExpr); ok {
			if pkg, ok := selector.X.(*ast.Ident); ok && pkg.Name == name {
				used = true
			}
		}
		return true
	})
	if used {
		return text, nil
	}
	lines := slices.DeleteFunc(f.importLines(), func(line string) bool { return line == strconv.Quote(path) })
	return f.writeImports(module, lines)
}

// importLines are the imports as they are written, without what stands between
// them.
func (f *file) importLines() []string {
	var lines []string
	for _, spec := range f.syntax.Imports {
		line := string(f.slice(spec))
		if spec.Comment != nil {
			line += " " + strings.TrimSpace(string(f.slice(spec.Comment)))
		}
		lines = append(lines, line)
	}
	return lines
}

// writeImports puts these imports in place of those that there are.
func (f *file) writeImports(module string, lines []string) ([]byte, error) {
	from, to := f.offset(f.syntax.Name.End()), f.offset(f.syntax.Name.End())
	for _, declaration := range f.syntax.Decls {
		if imports, ok := declaration.(*ast.GenDecl); ok && imports.Tok == token.IMPORT {
			if from == to {
				from = f.offset(imports.Pos())
			}
			to = f.offset(imports.End())
		}
	}
	block := importBlock(module, lines)
	switch {
	case from == to:
		block = "\n\n" + block
	case block == "":
		from = len(bytes.TrimRight(f.text[:from], "\n"))
	}
	return f.replace(from, to, block)
}

func importBlock(module string, lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	if len(lines) == 1 {
		return "import " + lines[0]
	}
	var groups [3][]string
	for _, line := range lines {
		quoted := line[strings.Index(line, `"`)+1:]
		path := quoted[:strings.Index(quoted, `"`)]
		groups[importGroup(module, path)] = append(groups[importGroup(module, path)], line)
	}
	var blocks []string
	for _, group := range groups {
		if len(group) > 0 {
			blocks = append(blocks, "\t"+strings.Join(group, "\n\t"))
		}
	}
	return "import (\n" + strings.Join(blocks, "\n\n") + "\n)"
}

func importGroup(module, path string) int {
	first, _, _ := strings.Cut(path, "/")
	switch {
	case path == module || strings.HasPrefix(path, module+"/"):
		return 2
	case strings.Contains(first, "."):
		return 1
	default:
		return 0
	}
}

func importPath(spec *ast.ImportSpec) string {
	path, _ := strconv.Unquote(spec.Path.Value)
	return path
}

// Empty reports whether the file has neither declarations nor comments.
func Empty(text []byte) (bool, error) {
	f, err := parse(text)
	if err != nil {
		return false, err
	}
	return len(f.syntax.Decls) == 0 && len(f.syntax.Comments) == 0, nil
}

// Declared are the names of everything that is declared at the top level;
// methods as "Type.Name".
func Declared(text []byte) ([]string, error) {
	f, err := parse(text)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, declaration := range f.syntax.Decls {
		switch declaration := declaration.(type) {
		case *ast.FuncDecl:
			names = append(names, methodName(declaration))
		case *ast.GenDecl:
			for _, spec := range declaration.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					names = append(names, spec.Name.Name)
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						names = append(names, name.Name)
					}
				}
			}
		}
	}
	return names, nil
}

func methodName(function *ast.FuncDecl) string {
	if function.Recv == nil || len(function.Recv.List) == 0 {
		return function.Name.Name
	}
	receiver := function.Recv.List[0].Type
	if pointer, ok := receiver.(*ast.StarExpr); ok {
		receiver = pointer.X
	}
	if name, ok := receiver.(*ast.Ident); ok {
		return name.Name + "." + function.Name.Name
	}
	return function.Name.Name
}

// Defined are all names that something in the file is given: declarations,
// parameters, variables, imports.
func Defined(text []byte) (map[string]bool, error) {
	f, err := parse(text)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	add := func(idents ...*ast.Ident) {
		for _, ident := range idents {
			names[ident.Name] = true
		}
	}
	ast.Inspect(f.syntax, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.Field:
			add(node.Names...)
		case *ast.ValueSpec:
			add(node.Names...)
		case *ast.TypeSpec:
			add(node.Name)
		case *ast.FuncDecl:
			if node.Recv == nil {
				add(node.Name)
			}
		case *ast.AssignStmt:
			if node.Tok == token.DEFINE {
				for _, left := range node.Lhs {
					if ident, ok := left.(*ast.Ident); ok {
						add(ident)
					}
				}
			}
		case *ast.RangeStmt:
			for _, left := range []ast.Expr{node.Key, node.Value} {
				if ident, ok := left.(*ast.Ident); ok {
					add(ident)
				}
			}
		case *ast.ImportSpec:
			path := importPath(node)
			names[path[strings.LastIndex(path, "/")+1:]] = true
		}
		return true
	})
	return names, nil
}

func missing(what string, args ...any) error { return fmt.Errorf(what, args...) }
