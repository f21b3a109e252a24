package boundaries

import (
	"go/ast"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// ForeignParts is the rule that a feature uses what another has made for it
// (descriptors, payloads and use cases) and nothing else that is exported.
var ForeignParts = &analysis.Analyzer{
	Name: "foreignparts",
	Doc:  "a feature leaves the storage, views and front door of other features alone",
	Run:  foreignParts,
}

// frontDoor is what a feature exports for cmd/web.
var frontDoor = []string{"New", "Deps", "Feature", "Set", "DevSeedSet"}

func foreignParts(pass *analysis.Pass) (any, error) {
	here := placeOf(pass)
	self, isFeature := here.feature()
	if !isFeature {
		return nil, nil
	}
	for _, file := range ownFiles(pass) {
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return nil, err
			}
			imported, ours := here.folderOf(path)
			if other, ok := featureOf(imported); ours && ok && other != self && imported != "features/"+other {
				pass.Reportf(spec.Pos(), "%s is inside the feature %s: import features/%[2]s, and ask it to export a descriptor or a use case", imported, other)
			}
		}
		ast.Inspect(file, func(node ast.Node) bool {
			name, ok := node.(*ast.Ident)
			if !ok {
				return true
			}
			object := pass.TypesInfo.Uses[name]
			if other, foreign := foreignFeature(here, self, object); foreign {
				if what, instead := foreignPart(object, other); what != "" {
					pass.Reportf(name.Pos(), "%[1]s.%[2]s is %[3]s of the feature %[1]s: %[4]s", other, object.Name(), what, instead)
				}
			}
			return true
		})
	}
	return nil, nil
}

// foreignFeature is the other feature that declares an object at its top level.
func foreignFeature(here place, self string, object types.Object) (string, bool) {
	if object == nil || object.Pkg() == nil || object.Pkg().Scope().Lookup(object.Name()) != object {
		return "", false
	}
	folder, ours := here.folderOf(object.Pkg().Path())
	other, isFeature := featureOf(folder)
	return other, ours && isFeature && other != self
}

func foreignPart(object types.Object, other string) (what, instead string) {
	switch {
	case isStorageConstructor(object) || isStorage(object):
		return "the storage", "ask for one of its use cases, or have it export one that answers your question"
	case isView(object):
		return "a view", "link to its page, or move what both show to web/components"
	case slices.Contains(frontDoor, object.Name()):
		return "the front door", "only cmd/web assembles features; ask for a use case of " + other + " in your Deps"
	default:
		return "", ""
	}
}

// isStorageConstructor reports whether an object is such as NewPostgresArticles.
func isStorageConstructor(object types.Object) bool {
	f, ok := object.(*types.Func)
	return ok && (strings.HasPrefix(f.Name(), "NewPostgres") || strings.HasPrefix(f.Name(), "NewMemory"))
}

// isStorage reports whether an object is what a storage constructor of its
// package returns.
func isStorage(object types.Object) bool {
	declared, ok := object.(*types.TypeName)
	if !ok || !types.IsInterface(declared.Type()) {
		return false
	}
	scope := declared.Pkg().Scope()
	for _, name := range scope.Names() {
		constructor := scope.Lookup(name)
		if !isStorageConstructor(constructor) {
			continue
		}
		results := constructor.Type().(*types.Signature).Results()
		for i := range results.Len() {
			if types.Identical(results.At(i).Type(), declared.Type()) {
				return true
			}
		}
	}
	return false
}

// isView reports whether an object is a function that makes a templ.Component.
func isView(object types.Object) bool {
	f, ok := object.(*types.Func)
	if !ok {
		return false
	}
	results := f.Type().(*types.Signature).Results()
	for i := range results.Len() {
		if isType(results.At(i).Type(), "github.com/a-h/templ", "Component") {
			return true
		}
	}
	return false
}
