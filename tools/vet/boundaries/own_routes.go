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

// OwnRoutes is the rule about who owns an address: it begins with the name of
// its feature, or with a path that the feature's manifest declares.
var OwnRoutes = &analysis.Analyzer{
	Name: "ownroutes",
	Doc:  "addresses begin with the feature's name, or with one of the Paths of its manifest",
	Run:  ownRoutes,
}

var routing = []string{"Get", "Post", "Put", "Patch", "Delete", "Head", "Options", "Handle", "HandleFunc", "Mount", "Route"}

func ownRoutes(pass *analysis.Pass) (any, error) {
	here := placeOf(pass)
	feature, isFeature := here.feature()
	if !isFeature {
		return nil, nil
	}
	paths := append([]string{"/" + feature}, declaredPaths(pass, here)...)
	var inside []span // of a Route, whose paths begin with its own
	calls(pass, func(call *ast.CallExpr, f *types.Func) {
		if f.Pkg() == nil || f.Pkg().Path() != "github.com/go-chi/chi/v5" || !slices.Contains(routing, f.Name()) || len(call.Args) < 2 {
			return
		}
		if slices.ContainsFunc(inside, func(s span) bool { return s.from <= call.Pos() && call.End() <= s.to }) {
			return
		}
		value := pass.TypesInfo.Types[call.Args[0]].Value
		if value == nil || value.Kind() != constant.String {
			pass.Reportf(call.Args[0].Pos(), "the path of this route is made while the program runs: write it out as one text, so that the table of routes can be read")
			return
		}
		path := constant.StringVal(value)
		if !slices.ContainsFunc(paths, func(own string) bool { return owns(own, path) }) {
			pass.Reportf(call.Args[0].Pos(), "the address %s does not say whose it is: begin it with /%s, or declare it in the Paths of the manifest", path, feature)
		}
		if f.Name() == "Route" {
			inside = append(inside, span{call.Args[1].Pos(), call.Args[1].End()})
		}
	})
	return nil, nil
}

type span struct{ from, to token.Pos }

// owns reports whether a path is this one or below it. "/" is only itself.
func owns(own, path string) bool {
	return path == own || own != "/" && strings.HasPrefix(path, strings.TrimSuffix(own, "/")+"/")
}

// declaredPaths are the Paths in the feature.Manifest of the package.
func declaredPaths(pass *analysis.Pass, here place) []string {
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
