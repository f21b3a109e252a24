package boundaries

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
)

// PrivateHandlers is rule R1: a feature exports its descriptors and not its
// handlers, so that there is one way to use a feature from outside.
var PrivateHandlers = &analysis.Analyzer{
	Name: "privatehandlers",
	Doc:  "handlers of channels, events, jobs, routes and slots are unexported, and no exported function returns them (R1)",
	Run:  privateHandlers,
}

// takesHandler lists the functions and methods whose last argument is a handler.
var takesHandler = []struct {
	folder   string
	function []string
}{
	{"core/realtime", []string{"Handle", "Authorize"}},
	{"core/events", []string{"Handle"}},
	{"core/jobs", []string{"Handle"}},
	{"core/feature", []string{"Fill"}},
}

const insteadOfHandler = "other features broadcast, publish or enqueue on the descriptor, or call a use case (rule R1)"

func privateHandlers(pass *analysis.Pass) (any, error) {
	here := locate(pass)
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

// handlerArgument returns the handler among the arguments of a call, or nil.
func handlerArgument(here location, call *ast.CallExpr, f *types.Func) ast.Expr {
	for _, rule := range takesHandler {
		if here.is(f, rule.folder, rule.function...) && len(call.Args) > 0 {
			return call.Args[len(call.Args)-1]
		}
	}
	if f.Pkg() != nil && f.Pkg().Path() == "github.com/go-chi/chi/v5" && f.Name() != "Route" && f.Name() != "Mount" && len(call.Args) == 2 {
		return call.Args[1]
	}
	return nil
}

// unexported reports exported functions of this package in the expression of a
// handler, which may be wrapped: events.Once(db, f.onSignedUp). It does not look
// into function literals.
func unexported(pass *analysis.Pass, handler ast.Expr) {
	ast.Inspect(handler, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncLit:
			return false
		case *ast.Ident:
			f, ok := pass.TypesInfo.Uses[node].(*types.Func)
			if ok && f.Exported() && f.Pkg() == pass.Pkg {
				pass.Reportf(node.Pos(), "handler %s is exported: begin its name with a lower-case letter; %s", f.Name(), insteadOfHandler)
			}
		}
		return true
	})
}

func exportedFunction(pass *analysis.Pass, here location, declaration *ast.FuncDecl) {
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
		pass.Reportf(declaration.Name.Pos(), "%s is an exported handler: begin its name with a lower-case letter; %s", f.Name(), insteadOfHandler)
	}
	for i := range signature.Results().Len() {
		if holdsHandler(here, signature.Results().At(i).Type()) {
			pass.Reportf(declaration.Name.Pos(), "%s returns a handler: list it in the manifest instead; %s", f.Name(), insteadOfHandler)
		}
	}
}

func exportedValue(pass *analysis.Pass, here location, spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			if object, ok := pass.TypesInfo.Defs[name].(*types.Var); ok && object.Exported() && holdsHandler(here, object.Type()) {
				pass.Reportf(name.Pos(), "exported variable %s holds a handler: list it in the manifest instead; %s", name.Name, insteadOfHandler)
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
					pass.Reportf(name.Pos(), "exported field %s.%s holds a handler: make it an unexported method of Feature; %s", spec.Name.Name, name.Name, insteadOfHandler)
				}
			}
		}
	}
}

// isHandler reports whether a signature is that of a handler: it takes a
// realtime.Caller, or an http.ResponseWriter and *http.Request.
func isHandler(here location, signature *types.Signature) bool {
	params := signature.Params()
	for i := range params.Len() {
		if n := named(params.At(i).Type()); n != nil && here.is(n.Obj(), "core/realtime", "Caller") {
			return true
		}
	}
	return isHTTPHandler(signature)
}

func isHTTPHandler(signature *types.Signature) bool {
	params := signature.Params()
	return params.Len() == 2 &&
		isType(params.At(0).Type(), "net/http", "ResponseWriter") && isType(params.At(1).Type(), "net/http", "Request")
}

// holdsHandler reports whether a type is that of a handler, or a list or map of
// handlers.
func holdsHandler(here location, t types.Type) bool {
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
			here.is(object, "core/realtime", "Entry", "Channels") ||
			here.is(object, "core/feature", "SlotFill") ||
			here.is(object, "core/events", "Handler", "Handlers") ||
			here.is(object, "core/jobs", "Handler", "Handlers")
	default:
		return false
	}
}
