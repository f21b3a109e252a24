package boundaries

import (
	"go/ast"
	"go/constant"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// StoredNames is the rule about who owns a name that is stored or sent: it
// begins with its feature, and can be read in the code.
var StoredNames = &analysis.Analyzer{
	Name: "storednames",
	Doc:  "names of channels, events, jobs, event handlers and use cases are constants that begin with their feature",
	Run:  storedNames,
}

// names are the functions that take a name, and which argument it is.
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
}

func storedNames(pass *analysis.Pass) (any, error) {
	here := placeOf(pass)
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
				pass.Reportf(argument.Pos(), "the name of this %s is made while the program runs: write it out as one text, so that it can be searched for and stays as it is", rule.what)
				continue
			}
			name := constant.StringVal(value)
			switch {
			case !strings.HasPrefix(name, feature+"."):
				pass.Reportf(argument.Pos(), "the name %q of this %s does not say whose it is: begin it with %q; to use that of another feature, import its descriptor", name, rule.what, feature+".")
			case taken[rule.what+name]:
				pass.Reportf(argument.Pos(), "two of the kind %s are called %q: give the second a name of its own", rule.what, name)
			}
			taken[rule.what+name] = true
		}
	})
	return nil, nil
}
