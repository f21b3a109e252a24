package boundaries

import (
	"go/ast"
	"go/types"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// location is the folder of a package within the module that is checked.
type location struct {
	module string
	folder string
}

// locate returns the location of the package under analysis.
func locate(pass *analysis.Pass) location {
	l := location{folder: plainPath(pass.Pkg.Path())}
	if pass.Module != nil {
		l.module = pass.Module.Path
	}
	l.folder, _ = l.folderOf(l.folder)
	if pass.Pkg.Name() != "main" {
		l.folder = strings.TrimSuffix(l.folder, "_test") // of package foo_test
	}
	return l
}

// plainPath removes what the go command adds to an import path for tests.
func plainPath(path string) string {
	path, _, _ = strings.Cut(path, " ")
	return path
}

// folderOf returns the folder of an import path of this module.
func (l location) folderOf(path string) (string, bool) {
	path = plainPath(path)
	if path == l.module {
		return ".", true
	}
	return strings.CutPrefix(path, l.module+"/")
}

// feature returns the feature that the package belongs to.
func (l location) feature() (string, bool) { return featureOf(l.folder) }

func featureOf(folder string) (string, bool) {
	rest, ok := strings.CutPrefix(folder, "features/")
	name, _, _ := strings.Cut(rest, "/")
	return name, ok
}

// isUnder reports whether name is the folder or inside it.
func isUnder(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}

// is reports whether an object has one of these names and is declared in this
// folder of the module, such as "core/events", "Handle".
func (l location) is(object types.Object, folder string, names ...string) bool {
	if object == nil || object.Pkg() == nil {
		return false
	}
	if found, ours := l.folderOf(object.Pkg().Path()); !ours || found != folder {
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

// ownFiles returns the hand-written files of the package, without tests.
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

// callee returns the function or method that is called, or nil if a value is
// called.
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

// calls visits every call in the hand-written files.
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

// named returns the declared type behind t or its pointer, or nil.
func named(t types.Type) *types.Named {
	t = types.Unalias(t)
	if pointer, ok := t.(*types.Pointer); ok {
		t = types.Unalias(pointer.Elem())
	}
	n, _ := t.(*types.Named)
	return n
}

// isType reports whether t, or what it points to, is this declared type.
func isType(t types.Type, path, name string) bool {
	n := named(t)
	return n != nil && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == path && n.Obj().Name() == name
}
