package boundaries

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
)

// ReturnedErrors is the rule that an HTTP handler returns its error. The route
// table wraps each handler once with respond.Responder.Handle, which answers
// the error.
var ReturnedErrors = &analysis.Analyzer{
	Name: "returnederrors",
	Doc:  "HTTP handlers return their errors, and the route table wraps them with Respond.Handle",
	Run:  returnedErrors,
}

func returnedErrors(pass *analysis.Pass) (any, error) {
	here := locate(pass)
	if _, isFeature := here.feature(); !isFeature {
		return nil, nil
	}
	calls(pass, func(call *ast.CallExpr, f *types.Func) {
		if here.is(f, "core/respond", "Error") && f.Signature().Recv() != nil {
			pass.Reportf(call.Pos(), "this handler answers its own error: return it, and wrap the handler in the route table with Respond.Handle")
		}
	})
	for _, file := range ownFiles(pass) {
		for _, declaration := range file.Decls {
			declared, ok := declaration.(*ast.FuncDecl)
			if !ok {
				continue
			}
			f, ok := pass.TypesInfo.Defs[declared.Name].(*types.Func)
			if ok && isHTTPHandler(f.Signature()) && f.Signature().Results().Len() == 0 {
				pass.Reportf(declared.Name.Pos(), "handler %s returns no error: add an error result, and wrap the handler in the route table with Respond.Handle", f.Name())
			}
		}
	}
	return nil, nil
}
