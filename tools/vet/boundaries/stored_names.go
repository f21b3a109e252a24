package boundaries

import (
	"go/ast"
	"go/constant"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// StoredNames is the rule that a name which is stored or sent begins with the
// name of its feature, and is a constant, so that it can be searched for.
var StoredNames = &analysis.Analyzer{
	Name: "storednames",
	Doc:  "names of channels, events, jobs, event handlers, use cases and slots are constants that begin with their feature",
	Run:  storedNames,
}

// names lists the functions that take a name, and which argument it is.
var names = []struct {
	what     string
	folder   string
	function []string
	argument int
}{
	{"channel", "core/realtime", []string{"DefineChannel", "DefineUserChannel", "DefineKeyedChannel"}, 0},
	{"event", "core/events", []string{"Define"}, 0},
	{"job", "core/jobs", []string{"Define"}, 0},
	{"event handler", "core/events", []string{"Handle"}, 1},
	{"use case", "core/observe", []string{"UseCase", "Command"}, 0},
	{"slot", "core/feature", []string{"DefineSlot"}, 0},
}

func storedNames(pass *analysis.Pass) (any, error) {
	here := locate(pass)
	feature, isFeature := here.feature()
	if !isFeature {
		return nil, nil
	}
	taken := map[string]bool{}
	calls(pass, func(call *ast.CallExpr, f *types.Func) {
		for _, rule := range names {
			if !here.is(f, rule.folder, rule.function...) || len(call.Args) <= rule.argument {
				continue
			}
			argument := call.Args[rule.argument]
			value := pass.TypesInfo.Types[argument].Value
			if value == nil || value.Kind() != constant.String {
				pass.Reportf(argument.Pos(), "the name of this %s is not a constant: write it out as one string literal, so that it can be searched for", rule.what)
				continue
			}
			name := constant.StringVal(value)
			switch {
			case !strings.HasPrefix(name, feature+"."):
				pass.Reportf(argument.Pos(), "the name %q of this %s must begin with %q: rename it, or import the descriptor of the feature that owns it", name, rule.what, feature+".")
			case taken[rule.what+name]:
				pass.Reportf(argument.Pos(), "two of the kind %s are named %q: rename one of them", rule.what, name)
			}
			taken[rule.what+name] = true
		}
	})
	return nil, nil
}
