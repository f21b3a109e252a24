package boundaries

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// NoRegistration is the rule that importing a package has no effect. Features
// are listed in a manifest, and everything else is constructed.
var NoRegistration = &analysis.Analyzer{
	Name: "noregistration",
	Doc:  "packages do not register themselves: no init function, no variable or import for its side effect",
	Run:  noRegistration,
}

func noRegistration(pass *analysis.Pass) (any, error) {
	here := locate(pass)
	for _, file := range pass.Files {
		if strings.HasSuffix(fileName(pass, file), "_templ.go") {
			continue
		}
		test := strings.HasSuffix(fileName(pass, file), "_test.go")
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return nil, err
			}
			// A test may name a package that it needs in the running application,
			// so that the generator leaves it out of projects without the package.
			if _, ours := here.folderOf(path); ours && !test && spec.Name != nil && spec.Name.Name == "_" {
				pass.Reportf(spec.Pos(), "%s is imported for its side effect: call a constructor, or list the feature in cmd/web/features.go", path)
			}
		}
		for _, declaration := range file.Decls {
			switch declaration := declaration.(type) {
			case *ast.FuncDecl:
				if declaration.Recv == nil && declaration.Name.Name == "init" {
					pass.Reportf(declaration.Pos(), "init functions are not allowed, because they cannot be tested: write a constructor and call it, or add a part to the manifest")
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

// noSideEffects reports `var _ = register(…)`. A conversion, as in an interface
// assertion, is allowed.
func noSideEffects(pass *analysis.Pass, declaration *ast.GenDecl) {
	for _, spec := range declaration.Specs {
		spec := spec.(*ast.ValueSpec)
		for i, name := range spec.Names {
			if name.Name != "_" || i >= len(spec.Values) {
				continue
			}
			call, ok := ast.Unparen(spec.Values[i]).(*ast.CallExpr)
			if ok && !pass.TypesInfo.Types[call.Fun].IsType() {
				pass.Reportf(name.Pos(), "a blank variable calls a function when the package is imported: write a constructor and call it")
			}
		}
	}
}
