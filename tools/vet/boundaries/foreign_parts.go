package boundaries

import (
	"go/ast"
	"go/types"
	"slices"
	"strconv"

	"golang.org/x/tools/go/analysis"
)

// ForeignParts is the rule that a feature uses only the descriptors, payloads
// and use cases of another feature, not its stores, views or entry point.
var ForeignParts = &analysis.Analyzer{
	Name: "foreignparts",
	Doc:  "a feature uses no store, view or entry point of another feature",
	Run:  foreignParts,
}

// entryPoint lists what a feature exports for cmd/web.
var entryPoint = []string{"Feature", "Set", "DevSeedSet"}

func foreignParts(pass *analysis.Pass) (any, error) {
	here := locate(pass)
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
				pass.Reportf(spec.Pos(), "%s is internal to feature %s: import features/%[2]s, and export a descriptor or a use case there", imported, other)
			}
		}
		ast.Inspect(file, func(node ast.Node) bool {
			name, ok := node.(*ast.Ident)
			if !ok {
				return true
			}
			object := pass.TypesInfo.Uses[name]
			if other, foreign := foreignFeature(here, self, object); foreign {
				if what, instead := foreignPart(here, object, other); what != "" {
					pass.Reportf(name.Pos(), "%[1]s.%[2]s is %[3]s of feature %[1]s: %[4]s", other, object.Name(), what, instead)
				}
			}
			return true
		})
	}
	return nil, nil
}

// foreignFeature returns the other feature that declares a package-level object.
func foreignFeature(here location, self string, object types.Object) (string, bool) {
	if object == nil || object.Pkg() == nil || object.Pkg().Scope().Lookup(object.Name()) != object {
		return "", false
	}
	folder, ours := here.folderOf(object.Pkg().Path())
	other, isFeature := featureOf(folder)
	return other, ours && isFeature && other != self
}

func foreignPart(here location, object types.Object, other string) (what, instead string) {
	switch {
	case isStore(here, object) || returnsStore(here, object):
		return "a store", "call one of its use cases, or export one that returns what you need"
	case isView(object):
		return "a view", "link to its page, let it fill a slot of yours, or move the shared view to web/components"
	case slices.Contains(entryPoint, object.Name()):
		return "the entry point", "only cmd/web assembles features; take a use case of " + other + " as an argument or a field of Feature"
	default:
		return "", ""
	}
}

// isStore reports whether an object is a type that holds the database, such as
// type Articles struct{ db *database.DB }.
func isStore(here location, object types.Object) bool {
	declared, ok := object.(*types.TypeName)
	return ok && holdsDatabase(here, declared.Type())
}

// returnsStore reports whether an object is the constructor of a store.
func returnsStore(here location, object types.Object) bool {
	f, ok := object.(*types.Func)
	if !ok {
		return false
	}
	for result := range f.Type().(*types.Signature).Results().Variables() {
		if holdsDatabase(here, result.Type()) {
			return true
		}
	}
	return false
}

func holdsDatabase(here location, t types.Type) bool {
	n := named(t)
	if n == nil {
		return false
	}
	fields, ok := n.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for field := range fields.Fields() {
		if of := named(field.Type()); of != nil && here.is(of.Obj(), "core/database", "DB") {
			return true
		}
	}
	return false
}

// isView reports whether an object is a function that returns a templ.Component.
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
