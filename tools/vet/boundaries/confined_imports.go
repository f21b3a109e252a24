package boundaries

import (
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// ConfinedImports is the rule that a library which shapes everything it
// touches is known in one place (R2 is the one about Socket.IO).
var ConfinedImports = &analysis.Analyzer{
	Name: "confinedimports",
	Doc:  "Socket.IO, River, scs and wire are imported in one place each",
	Run:  confinedImports,
}

// confined is what is imported in one place only; the benchmarks measure ours beside
// the bare libraries.
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
		instead: "use core/realtime, and extend core/realtime/internal/socketio where it lacks something (rule R2)",
	},
	{
		what:    "River",
		imports: "github.com/riverqueue/",
		allowed: func(folder, _ string) bool {
			return isUnder(folder, "core/internal/durable") || isUnder(folder, "migrations") || isUnder(folder, "bench")
		},
		instead: "use core/events and core/jobs, and extend core/internal/durable where they lack something",
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
		instead: "put the provider set into the providers.go of the feature, and injectors into cmd/web/wire.go",
	},
}

func confinedImports(pass *analysis.Pass) (any, error) {
	here := placeOf(pass)
	for _, file := range pass.Files {
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return nil, err
			}
			for _, rule := range confined {
				if strings.HasPrefix(imported, rule.imports) && !rule.allowed(here.folder, fileName(pass, file)) {
					pass.Reportf(spec.Pos(), "%s is imported outside of its place: %s", rule.what, rule.instead)
				}
			}
		}
	}
	return nil, nil
}
