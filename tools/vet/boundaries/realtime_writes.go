package boundaries

import (
	"go/ast"
	"go/constant"
	"go/types"
	"maps"
	"regexp"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// RealtimeWrites is rule R0: realtime delivers state. A message from a browser
// may be lost or arrive twice, and its sender gets no result, so its handler must
// not store anything.
var RealtimeWrites = &analysis.Analyzer{
	Name:      "realtimewrites",
	Doc:       "a realtime handler or authorizer writes nothing to the database and calls no use case that opens a transaction (R0)",
	Run:       realtimeWrites,
	FactTypes: []analysis.Fact{new(stores)},
}

// stores is the fact that a function, a method or a use case writes to the
// database, and the call path to the write.
type stores struct{ How string }

// AFact marks stores as a fact.
func (*stores) AFact() {}

// String returns the call path to the write.
func (s *stores) String() string { return s.How }

// writing lists the calls that write. Those of database.DB that take a statement
// are classified by the statement.
var writing = []struct {
	folder string
	names  []string
	how    string
}{
	{"core/database", []string{"InTx"}, "opens a transaction"},
	{"core/database", []string{"CopyFrom", "SendBatch", "Pool", "Tx"}, "writes to the database"},
	{"core/events", []string{"Publish"}, "publishes an event"},
	{"core/jobs", []string{"Enqueue"}, "enqueues a job"},
}

func realtimeWrites(pass *analysis.Pass) (any, error) {
	here := locate(pass)
	if isUnder(here.folder, "core/realtime") || isUnder(here.folder, "core/observe") || isUnder(here.folder, "core/database") {
		return nil, nil // these run handlers, and are not the cause of what handlers do
	}
	g := newGraph(pass, here)
	for object, path := range g.paths {
		pass.ExportObjectFact(object, &stores{path})
	}
	calls(pass, func(call *ast.CallExpr, f *types.Func) {
		if !here.is(f, "core/realtime", "Handle", "Authorize") || len(call.Args) == 0 {
			return
		}
		handler := call.Args[len(call.Args)-1]
		if how := g.path(g.usesIn(handler)); how != "" {
			pass.Reportf(handler.Pos(), "a realtime handler must not write, but this one does (%s): make it an HTTP route that calls the use case and broadcasts the result (rule R0)", how)
		}
	})
	return nil, nil
}

// graph knows what each function of a package uses.
type graph struct {
	pass  *analysis.Pass
	here  location
	uses  map[types.Object][]use
	paths map[types.Object]string // to a write, of the objects that reach one
}

// use is something that a function uses: another function, or a write.
type use struct {
	object types.Object
	write  string // what it does, if it is a write itself
}

func newGraph(pass *analysis.Pass, here location) *graph {
	g := &graph{pass: pass, here: here, uses: map[types.Object][]use{}, paths: map[types.Object]string{}}
	for _, file := range ownFiles(pass) {
		for _, declaration := range file.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			object := pass.TypesInfo.Defs[f.Name].(*types.Func)
			g.uses[object] = append(g.uses[object], g.usesIn(f.Body)...)
			g.addUseCases(object)
		}
	}
	g.addInterfaces()
	g.resolve()
	return g
}

// addUseCases records that calling a use case, a named function type, runs the
// code of its constructor.
func (g *graph) addUseCases(constructor *types.Func) {
	signature := constructor.Type().(*types.Signature)
	if signature.Recv() != nil {
		return
	}
	for i := range signature.Results().Len() {
		if useCase := functionType(signature.Results().At(i).Type()); useCase != nil && useCase.Pkg() == g.pass.Pkg {
			g.uses[useCase] = append(g.uses[useCase], use{object: constructor})
		}
	}
}

// addInterfaces records that calling a method of an interface runs the
// implementations in the same package.
func (g *graph) addInterfaces() {
	scope := g.pass.Pkg.Scope()
	for _, name := range scope.Names() {
		declared, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || !types.IsInterface(declared.Type()) {
			continue
		}
		contract, ok := declared.Type().Underlying().(*types.Interface)
		if !ok || contract.NumMethods() == 0 {
			continue
		}
		for _, other := range scope.Names() {
			implementation, ok := scope.Lookup(other).(*types.TypeName)
			if !ok || types.IsInterface(implementation.Type()) {
				continue
			}
			pointer := types.NewPointer(implementation.Type())
			if !types.Implements(pointer, contract) {
				continue
			}
			for method := range contract.Methods() {
				object, _, _ := types.LookupFieldOrMethod(pointer, true, g.pass.Pkg, method.Name())
				if object != nil {
					g.uses[method] = append(g.uses[method], use{object: object})
				}
			}
		}
	}
}

// usesIn returns the functions, methods and use cases that code mentions, and its
// writes.
func (g *graph) usesIn(code ast.Node) []use {
	var found []use
	ast.Inspect(code, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.CallExpr:
			if f := callee(g.pass, node); f != nil {
				if how := g.writes(node, f); how != "" {
					found = append(found, use{object: f, write: how})
				}
			}
		case *ast.Ident:
			switch object := g.pass.TypesInfo.Uses[node].(type) {
			case *types.Func:
				found = append(found, use{object: object.Origin()})
			case *types.Var:
				if useCase := functionType(object.Type()); useCase != nil {
					found = append(found, use{object: useCase})
				}
			}
		}
		return true
	})
	return found
}

var writeStatement = regexp.MustCompile(`(?i)\b(insert\s+into|update\s+\S+\s+(as\s+\S+\s+)?set|delete\s+from|truncate|merge\s+into)\b`)

// writes returns what a call does if it writes, or "".
func (g *graph) writes(call *ast.CallExpr, f *types.Func) string {
	for _, rule := range writing {
		if g.here.is(f, rule.folder, rule.names...) {
			return rule.how
		}
	}
	if !g.here.is(f, "core/database", "Exec", "Query", "QueryRow") || len(call.Args) < 2 {
		return ""
	}
	value := g.pass.TypesInfo.Types[call.Args[1]].Value
	if value == nil || value.Kind() != constant.String {
		if f.Name() == "Exec" {
			return "writes to the database"
		}
		return ""
	}
	if writeStatement.MatchString(constant.StringVal(value)) {
		return "writes to the database"
	}
	return ""
}

// functionType returns the name of a declared function type, or nil.
func functionType(t types.Type) *types.TypeName {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return nil
	}
	if _, ok := n.Underlying().(*types.Signature); !ok {
		return nil
	}
	return n.Origin().Obj()
}

// resolve finds the shortest path to a write for every object that reaches one.
func (g *graph) resolve() {
	for changed := true; changed; {
		changed = false
		found := map[types.Object]string{}
		for object, uses := range g.uses {
			if g.paths[object] != "" {
				continue
			}
			if path := g.path(uses); path != "" {
				found[object], changed = path, true
			}
		}
		maps.Copy(g.paths, found)
	}
}

// path returns the path to a write through one of the uses, or "" if none is
// known yet.
func (g *graph) path(uses []use) string {
	for _, u := range uses {
		if u.write != "" {
			return u.object.Name() + " " + u.write
		}
	}
	for _, u := range uses {
		path := g.pathOf(u.object)
		switch {
		case path == "":
		case strings.HasPrefix(path, u.object.Name()+" "): // the implementation of a method
			return path
		default:
			return u.object.Name() + " → " + path
		}
	}
	return ""
}

func (g *graph) pathOf(object types.Object) string {
	if object.Pkg() == g.pass.Pkg {
		return g.paths[object]
	}
	var fact stores
	if object.Pkg() == nil {
		return ""
	}
	if _, ours := g.here.folderOf(object.Pkg().Path()); !ours || !g.pass.ImportObjectFact(object, &fact) {
		return ""
	}
	return fact.How
}
