package boundaries

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
)

// PrivateHandlers is rule R1: a feature exports its descriptors and keeps its
// handlers to itself, so that there is one way to have something done.
var PrivateHandlers = &analysis.Analyzer{
	Name: "privatehandlers",
	Doc:  "handlers of channels, events, jobs and routes are not exported and not returned from what is (R1)",
	Run:  privateHandlers,
}

// handing are the functions that take a handler, and which argument it is.
var handing = []struct {
	folder   string
	function []string
	argument int
}{
	{"core/realtime", []string{"Handle", "Authorize"}, 1},
	{"core/events", []string{"Handle"}, 2},
	{"core/jobs", []string{"Handle"}, 1},
}

const insteadOfHandler = "let others broadcast, publish or enqueue on the descriptor, or call a use case (rule R1)"

func privateHandlers(pass *analysis.Pass) (any, error) {
	here := placeOf(pass)
	if _, isFeature := here.feature(); !isFeature {
		return nil, nil
	}
	calls(pass, func(call *ast.CallExpr, f *types.Func) {
		if handler := handlerArgument(here, call, f); handler != nil {
			unexported(pass, handler)
		}
	})
	for _, file := range ownFiles(pass) {
		for _, declaration := range file.Decls {
			switch declaration := declaration.(type) {
			case *ast.FuncDecl:
				exportedFunction(pass, here, declaration)
			case *ast.GenDecl:
				for _, spec := range declaration.Specs {
					exportedValue(pass, here, spec)
				}
			}
		}
	}
	return nil, nil
}

// handlerArgument is the handler that a call is given, nil if it takes none.
func handlerArgument(here place, call *ast.CallExpr, f *types.Func) ast.Expr {
	for _, rule := range handing {
		if here.is(f, rule.folder, rule.function...) && len(call.Args) > rule.argument {
			return call.Args[rule.argument]
		}
	}
	if f.Pkg() != nil && f.Pkg().Path() == "github.com/go-chi/chi/v5" && f.Name() != "Route" && f.Name() != "Mount" && len(call.Args) == 2 {
		return call.Args[1]
	}
	return nil
}

// unexported finds exported functions of this package in the expression of a
// handler, which may be wrapped: events.Once(tx, f.onSignedUp). What a handler
// literal calls is its own affair.
func unexported(pass *analysis.Pass, handler ast.Expr) {
	ast.Inspect(handler, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncLit:
			return false
		case *ast.Ident:
			f, ok := pass.TypesInfo.Uses[node].(*types.Func)
			if ok && f.Exported() && f.Pkg() == pass.Pkg {
				pass.Reportf(node.Pos(), "the handler %s is exported: begin it with a small letter; %s", f.Name(), insteadOfHandler)
			}
		}
		return true
	})
}

func exportedFunction(pass *analysis.Pass, here place, declaration *ast.FuncDecl) {
	f, ok := pass.TypesInfo.Defs[declaration.Name].(*types.Func)
	if !ok || !f.Exported() {
		return
	}
	signature := f.Type().(*types.Signature)
	if receiver := signature.Recv(); receiver != nil {
		if t := named(receiver.Type()); t == nil || !t.Obj().Exported() {
			return
		}
	}
	if isHandler(here, signature) {
		pass.Reportf(declaration.Name.Pos(), "%s is a handler and exported: begin it with a small letter; %s", f.Name(), insteadOfHandler)
	}
	for i := range signature.Results().Len() {
		if holdsHandler(here, signature.Results().At(i).Type()) {
			pass.Reportf(declaration.Name.Pos(), "%s gives a handler away: list it in the manifest instead of returning it; %s", f.Name(), insteadOfHandler)
		}
	}
}

func exportedValue(pass *analysis.Pass, here place, spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			if object, ok := pass.TypesInfo.Defs[name].(*types.Var); ok && object.Exported() && holdsHandler(here, object.Type()) {
				pass.Reportf(name.Pos(), "%s is an exported variable that holds a handler: list the handler in the manifest; %s", name.Name, insteadOfHandler)
			}
		}
	case *ast.TypeSpec:
		fields, ok := spec.Type.(*ast.StructType)
		if !ok || !spec.Name.IsExported() {
			return
		}
		for _, field := range fields.Fields.List {
			for _, name := range field.Names {
				if name.IsExported() && holdsHandler(here, pass.TypesInfo.TypeOf(field.Type)) {
					pass.Reportf(name.Pos(), "%s.%s is an exported field that holds a handler: make it a method of Feature with a small letter; %s", spec.Name.Name, name.Name, insteadOfHandler)
				}
			}
		}
	}
}

// isHandler reports whether a signature can only be that of a handler: it
// takes a realtime.Caller, or it answers an HTTP request.
func isHandler(here place, signature *types.Signature) bool {
	params := signature.Params()
	for i := range params.Len() {
		if n := named(params.At(i).Type()); n != nil && here.is(n.Obj(), "core/realtime", "Caller") {
			return true
		}
	}
	return params.Len() == 2 &&
		isType(params.At(0).Type(), "net/http", "ResponseWriter") && isType(params.At(1).Type(), "net/http", "Request")
}

// holdsHandler reports whether a type is that of a handler, or a list of them.
func holdsHandler(here place, t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.Slice:
		return holdsHandler(here, t.Elem())
	case *types.Map:
		return holdsHandler(here, t.Elem())
	case *types.Signature:
		return isHandler(here, t)
	case *types.Named:
		object := t.Obj()
		if signature, ok := t.Underlying().(*types.Signature); ok && isHandler(here, signature) {
			return true
		}
		return isType(t, "net/http", "Handler") ||
			here.is(object, "core/realtime", "Handler", "Handlers", "Authorizer", "Authorizers") ||
			here.is(object, "core/events", "Handler", "Handlers") ||
			here.is(object, "core/jobs", "Handler", "Handlers")
	default:
		return false
	}
}
