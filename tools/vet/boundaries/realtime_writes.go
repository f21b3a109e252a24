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
// may be lost or come twice and has no answer that a person sees, so what it
// makes the server do stores nothing.
var RealtimeWrites = &analysis.Analyzer{
	Name:      "realtimewrites",
	Doc:       "an inbound realtime handler reaches no storage write and no use case that opens a transaction (R0)",
	Run:       realtimeWrites,
	FactTypes: []analysis.Fact{new(stores)},
}

// stores is the fact that a function, a use case or a method of a storage
// interface stores something, and how it comes to that.
type stores struct{ How string }

// AFact makes stores a fact.
func (*stores) AFact() {}

// String is the way to the write.
func (s *stores) String() string { return s.How }

// writing are the calls that everything stored goes through. Those of
// database.DB are looked at by their statement.
var writing = []struct {
	folder string
	names  []string
	how    string
}{
	{"core/database", []string{"InTx"}, "opens a transaction"},
	{"core/database", []string{"CopyFrom", "SendBatch", "Pool", "Tx", "OnRollback"}, "writes to the storage"},
	{"core/events", []string{"Publish"}, "publishes an event, which is stored"},
	{"core/jobs", []string{"Enqueue"}, "enqueues a job, which is stored"},
}

func realtimeWrites(pass *analysis.Pass) (any, error) {
	here := placeOf(pass)
	if isUnder(here.folder, "core/realtime") || isUnder(here.folder, "core/observe") || isUnder(here.folder, "core/database") {
		return nil, nil // what carries messages and calls is not what they do
	}
	g := newGraph(pass, here)
	for object, way := range g.ways {
		pass.ExportObjectFact(object, &stores{way})
	}
	calls(pass, func(call *ast.CallExpr, f *types.Func) {
		if !here.is(f, "core/realtime", "Handle", "Authorize") || len(call.Args) < 2 {
			return
		}
		if how := g.way(g.usesIn(call.Args[1])); how != "" {
			pass.Reportf(call.Args[1].Pos(), "what a browser sends on a channel must store nothing, but this handler does (%s): make it an HTTP route that calls the use case, and broadcast what came of it (rule R0)", how)
		}
	})
	return nil, nil
}

// graph is what the functions of a package use.
type graph struct {
	pass *analysis.Pass
	here place
	uses map[types.Object][]use
	ways map[types.Object]string // to a write, of those that have one
}

// use is something that a function uses: another, or a write.
type use struct {
	object types.Object
	write  string // how it stores, if this is a write itself
}

func newGraph(pass *analysis.Pass, here place) *graph {
	g := &graph{pass: pass, here: here, uses: map[types.Object][]use{}, ways: map[types.Object]string{}}
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
	g.settle()
	return g
}

// addUseCases notes that a use case, a named function type, does what its
// constructor is made of.
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

// addInterfaces notes that a method of an interface does what the
// implementations beside it do.
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

// usesIn are the functions, methods and use cases that are named in a piece of
// code, and its writes.
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

// writes says how a call stores something, "" if it does not.
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
			return "writes to the storage"
		}
		return ""
	}
	if writeStatement.MatchString(constant.StringVal(value)) {
		return "writes to the storage"
	}
	return ""
}

// functionType is the name of a declared function type, nil if t is none.
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

// settle finds the way to a write for everything that has one, the shortest
// ways first.
func (g *graph) settle() {
	for changed := true; changed; {
		changed = false
		found := map[types.Object]string{}
		for object, uses := range g.uses {
			if g.ways[object] != "" {
				continue
			}
			if way := g.way(uses); way != "" {
				found[object], changed = way, true
			}
		}
		maps.Copy(g.ways, found)
	}
}

// way is the way to a write through one of these, "" if there is none yet.
func (g *graph) way(uses []use) string {
	for _, u := range uses {
		if u.write != "" {
			return u.object.Name() + " " + u.write
		}
	}
	for _, u := range uses {
		way := g.wayOf(u.object)
		switch {
		case way == "":
		case strings.HasPrefix(way, u.object.Name()+" "): // the implementation of a method
			return way
		default:
			return u.object.Name() + " → " + way
		}
	}
	return ""
}

func (g *graph) wayOf(object types.Object) string {
	if object.Pkg() == g.pass.Pkg {
		return g.ways[object]
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
