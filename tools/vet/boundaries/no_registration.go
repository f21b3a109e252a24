package boundaries

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// NoRegistration is the rule that nothing exists because its package was
// imported: what is not in a manifest or a constructor does not exist.
var NoRegistration = &analysis.Analyzer{
	Name: "noregistration",
	Doc:  "nothing registers itself: no init, no variable for its side effect, no import for its side effect",
	Run:  noRegistration,
}

func noRegistration(pass *analysis.Pass) (any, error) {
	here := placeOf(pass)
	for _, file := range pass.Files {
		if strings.HasSuffix(fileName(pass, file), "_templ.go") {
			continue
		}
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return nil, err
			}
			if _, ours := here.folderOf(path); ours && spec.Name != nil && spec.Name.Name == "_" {
				pass.Reportf(spec.Pos(), "%s is imported for what it does by being imported: nothing registers itself; call a constructor, and list a feature in cmd/web/features.go", path)
			}
		}
		for _, declaration := range file.Decls {
			switch declaration := declaration.(type) {
			case *ast.FuncDecl:
				if declaration.Recv == nil && declaration.Name.Name == "init" {
					pass.Reportf(declaration.Pos(), "an init runs unasked and cannot be tested: make a constructor and call it; what a feature brings stands in its manifest")
				}
			case *ast.GenDecl:
				if declaration.Tok == token.VAR {
					noSideEffects(pass, declaration)
				}
			}
		}
	}
	return nil, nil
}

// noSideEffects finds `var _ = register(…)`. A conversion, as in an interface
// guard, is no call.
func noSideEffects(pass *analysis.Pass, declaration *ast.GenDecl) {
	for _, spec := range declaration.Specs {
		spec := spec.(*ast.ValueSpec)
		for i, name := range spec.Names {
			if name.Name != "_" || i >= len(spec.Values) {
				continue
			}
			call, ok := ast.Unparen(spec.Values[i]).(*ast.CallExpr)
			if ok && !pass.TypesInfo.Types[call.Fun].IsType() {
				pass.Reportf(name.Pos(), "a variable without a name calls a function when the package is imported: nothing registers itself; make a constructor and call it")
			}
		}
	}
}
