package boundaries

import (
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// ConfinedImports is the rule that a library which would shape all code around
// it is imported in one package only. For Socket.IO it is rule R2.
var ConfinedImports = &analysis.Analyzer{
	Name: "confinedimports",
	Doc:  "Socket.IO, River, scs and wire are each imported in one package only",
	Run:  confinedImports,
}

// confined lists the libraries and where they may be imported. Benchmarks compare
// our packages with the bare libraries.
var confined = []struct {
	what    string
	imports string // prefix of the import path
	allowed func(folder, file string) bool
	instead string
}{
	{
		what:    "Socket.IO",
		imports: "github.com/zishang520/",
		allowed: func(folder, _ string) bool {
			return isUnder(folder, "core/realtime/internal/socketio") || isUnder(folder, "bench")
		},
		instead: "use core/realtime, or extend core/realtime/internal/socketio (rule R2)",
	},
	{
		what:    "River",
		imports: "github.com/riverqueue/",
		allowed: func(folder, _ string) bool {
			return isUnder(folder, "core/internal/durable") || isUnder(folder, "migrations") || isUnder(folder, "bench")
		},
		instead: "use core/events and core/jobs, or extend core/internal/durable",
	},
	{
		what:    "scs",
		imports: "github.com/alexedwards/scs",
		allowed: func(folder, _ string) bool { return isUnder(folder, "core/auth") },
		instead: "use auth.Sessions",
	},
	{
		what:    "wire",
		imports: "github.com/google/wire",
		allowed: func(folder, file string) bool {
			_, isFeature := featureOf(folder)
			return isUnder(folder, "cmd/web") || isFeature && strings.Count(folder, "/") == 1 && file == "providers.go"
		},
		instead: "move the provider set to the feature's providers.go, or the injector to cmd/web/wire.go",
	},
}

func confinedImports(pass *analysis.Pass) (any, error) {
	here := locate(pass)
	for _, file := range pass.Files {
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return nil, err
			}
			for _, rule := range confined {
				if strings.HasPrefix(imported, rule.imports) && !rule.allowed(here.folder, fileName(pass, file)) {
					pass.Reportf(spec.Pos(), "%s must not be imported here: %s", rule.what, rule.instead)
				}
			}
		}
	}
	return nil, nil
}
