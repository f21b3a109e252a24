package boundaries

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// OwnRoutes is the rule that a feature's URL paths begin with its name, or with
// a path that its manifest declares.
var OwnRoutes = &analysis.Analyzer{
	Name: "ownroutes",
	Doc:  "URL paths begin with the feature's name, or with one of the Paths of its manifest",
	Run:  ownRoutes,
}

var routing = []string{"Get", "Post", "Put", "Patch", "Delete", "Head", "Options", "Handle", "HandleFunc", "Mount", "Route"}

func ownRoutes(pass *analysis.Pass) (any, error) {
	here := locate(pass)
	feature, isFeature := here.feature()
	if !isFeature {
		return nil, nil
	}
	paths := append([]string{"/" + feature}, declaredPaths(pass, here)...)
	var inside []span // of Route calls, whose paths are relative
	calls(pass, func(call *ast.CallExpr, f *types.Func) {
		if f.Pkg() == nil || f.Pkg().Path() != "github.com/go-chi/chi/v5" || !slices.Contains(routing, f.Name()) || len(call.Args) < 2 {
			return
		}
		if slices.ContainsFunc(inside, func(s span) bool { return s.from <= call.Pos() && call.End() <= s.to }) {
			return
		}
		value := pass.TypesInfo.Types[call.Args[0]].Value
		if value == nil || value.Kind() != constant.String {
			pass.Reportf(call.Args[0].Pos(), "the path of this route is not a constant: write it out as one string literal")
			return
		}
		path := constant.StringVal(value)
		if !slices.ContainsFunc(paths, func(own string) bool { return owns(own, path) }) {
			pass.Reportf(call.Args[0].Pos(), "path %s does not belong to this feature: begin it with /%s, or add it to Paths in the manifest", path, feature)
		}
		if f.Name() == "Route" {
			inside = append(inside, span{call.Args[1].Pos(), call.Args[1].End()})
		}
	})
	return nil, nil
}

type span struct{ from, to token.Pos }

// owns reports whether path is own or below it. "/" owns itself only.
func owns(own, path string) bool {
	return path == own || own != "/" && strings.HasPrefix(path, strings.TrimSuffix(own, "/")+"/")
}

// declaredPaths returns the Paths in the feature.Manifest of the package.
func declaredPaths(pass *analysis.Pass, here location) []string {
	var paths []string
	for _, file := range ownFiles(pass) {
		ast.Inspect(file, func(node ast.Node) bool {
			literal, ok := node.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if t := named(pass.TypesInfo.TypeOf(literal)); t == nil || !here.is(t.Obj(), "core/feature", "Manifest") {
				return true
			}
			for _, element := range literal.Elts {
				field, ok := element.(*ast.KeyValueExpr)
				if !ok {
					continue
				}
				name, isName := field.Key.(*ast.Ident)
				list, isList := field.Value.(*ast.CompositeLit)
				if !isName || name.Name != "Paths" || !isList {
					continue
				}
				for _, path := range list.Elts {
					if value := pass.TypesInfo.Types[path].Value; value != nil {
						paths = append(paths, constant.StringVal(value))
					}
				}
			}
			return true
		})
	}
	return paths
}
