package boundaries

import (
	"go/ast"
	"go/types"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// place is where a package stands: its folder in the module that is checked.
type place struct {
	module string
	folder string
}

// placeOf is the place of the package that is looked at.
func placeOf(pass *analysis.Pass) place {
	p := place{folder: plainPath(pass.Pkg.Path())}
	if pass.Module != nil {
		p.module = pass.Module.Path
	}
	p.folder, _ = p.folderOf(p.folder)
	if pass.Pkg.Name() != "main" {
		p.folder = strings.TrimSuffix(p.folder, "_test") // of package foo_test
	}
	return p
}

// plainPath is an import path without what the go command adds for tests.
func plainPath(path string) string {
	path, _, _ = strings.Cut(path, " ")
	return path
}

// folderOf is the folder of an import path, if it is one of this module.
func (p place) folderOf(path string) (string, bool) {
	path = plainPath(path)
	if path == p.module {
		return ".", true
	}
	return strings.CutPrefix(path, p.module+"/")
}

// feature is the feature that the package is (a part of).
func (p place) feature() (string, bool) { return featureOf(p.folder) }

func featureOf(folder string) (string, bool) {
	rest, ok := strings.CutPrefix(folder, "features/")
	name, _, _ := strings.Cut(rest, "/")
	return name, ok
}

// isUnder reports whether a folder or file is this folder or below it.
func isUnder(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}

// is reports whether an object is this name of this folder of the module, such
// as "core/events", "Handle".
func (p place) is(object types.Object, folder string, names ...string) bool {
	if object == nil || object.Pkg() == nil {
		return false
	}
	if found, ours := p.folderOf(object.Pkg().Path()); !ours || found != folder {
		return false
	}
	for _, name := range names {
		if object.Name() == name {
			return true
		}
	}
	return false
}

func fileName(pass *analysis.Pass, node ast.Node) string {
	return filepath.Base(pass.Fset.Position(node.Pos()).Filename)
}

// ownFiles are the files that somebody wrote, without tests.
func ownFiles(pass *analysis.Pass) []*ast.File {
	var files []*ast.File
	for _, file := range pass.Files {
		name := fileName(pass, file)
		if !strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(name, "_templ.go") && name != "wire_gen.go" {
			files = append(files, file)
		}
	}
	return files
}

// callee is the function or method that is called, nil if it is a value.
func callee(pass *analysis.Pass, call *ast.CallExpr) *types.Func {
	function := ast.Unparen(call.Fun)
	switch generic := function.(type) {
	case *ast.IndexExpr:
		function = generic.X
	case *ast.IndexListExpr:
		function = generic.X
	}
	var name *ast.Ident
	switch function := function.(type) {
	case *ast.Ident:
		name = function
	case *ast.SelectorExpr:
		name = function.Sel
	default:
		return nil
	}
	f, ok := pass.TypesInfo.Uses[name].(*types.Func)
	if !ok {
		return nil
	}
	return f.Origin()
}

// calls hands every call in the files that somebody wrote to visit.
func calls(pass *analysis.Pass, visit func(call *ast.CallExpr, callee *types.Func)) {
	for _, file := range ownFiles(pass) {
		ast.Inspect(file, func(node ast.Node) bool {
			if call, ok := node.(*ast.CallExpr); ok {
				if f := callee(pass, call); f != nil {
					visit(call, f)
				}
			}
			return true
		})
	}
}

// named is the declared type behind t and its pointers, nil if there is none.
func named(t types.Type) *types.Named {
	t = types.Unalias(t)
	if pointer, ok := t.(*types.Pointer); ok {
		t = types.Unalias(pointer.Elem())
	}
	n, _ := t.(*types.Named)
	return n
}

// isType reports whether t is a declared type of this package path and name.
func isType(t types.Type, path, name string) bool {
	n := named(t)
	return n != nil && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == path && n.Obj().Name() == name
}
