// Package source edits Go files: imports, the lists of a Manifest, the use cases of
// Feature, entries of a map. It finds positions in the syntax tree and edits the
// text, so that nothing else changes, and every edit can be undone exactly.
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

// replace replaces the text between two offsets, and formats the file.
func (f *file) replace(from, to int, text string) ([]byte, error) {
	return format.Source(slices.Concat(f.text[:from], []byte(text), f.text[to:]))
}

// Imports returns the paths that the file imports.
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

// AddImport adds an import. Imports are one block of three groups: the standard
// library, other modules, this module.
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

// DropImport removes an import that nothing in the file uses.
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

// importLines returns the imports as they are written.
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

// writeImports replaces all imports.
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

// Declared returns the names of all top-level declarations; of methods as
// "Type.Name".
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

// Defined returns all names that the file defines: declarations, parameters,
// variables, imports.
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
