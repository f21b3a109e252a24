package boundaries_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"

	"example.com/pergola/tools/vet/boundaries"
)

// shop is an application whose features break every rule. Each wrong line has a
// comment `// want`. Only its catalog follows all rules.
const shop = "testdata/shop"

func TestAnalyzers_reportEverySeededViolation(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		analyzer *analysis.Analyzer
		packages []string
	}{
		"a realtime handler writes":        {boundaries.RealtimeWrites, []string{"./features/orders"}},
		"handlers are exported":            {boundaries.PrivateHandlers, []string{"./features/reviews"}},
		"libraries are imported elsewhere": {boundaries.ConfinedImports, []string{"./features/payments/...", "./core/realtime"}},
		"dependencies point outward":       {boundaries.InwardImports, []string{"./core/mail", "./web", "./migrations"}},
		"another feature's store is used":  {boundaries.ForeignParts, []string{"./features/thefts"}},
		"handlers answer their errors":     {boundaries.ReturnedErrors, []string{"./features/answers"}},
		"names lack the prefix":            {boundaries.StoredNames, []string{"./features/names"}},
		"statements use foreign tables":    {boundaries.OwnTables, []string{"./features/tables", "./core/jobs"}},
		"paths lack the prefix":            {boundaries.OwnRoutes, []string{"./features/routes"}},
		"an import has a side effect":      {boundaries.NoRegistration, []string{"./features/registered"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			analysistest.Run(findings{t}, absolute(t), tt.analyzer, tt.packages...)
		})
	}
}

func TestAnalyzers_reportNothingInCorrectCode(t *testing.T) {
	t.Parallel()
	for _, analyzer := range boundaries.Analyzers() {
		t.Run(analyzer.Name, func(t *testing.T) {
			t.Parallel()
			analysistest.Run(findings{t}, absolute(t), analyzer, "./features/catalog/...", "./cmd/...", "./core/auth", "./core/internal/...", "./core/realtime/internal/...")
		})
	}
}

// findings passes on the findings of analyzers, but not the facts that they
// exchange.
type findings struct{ t *testing.T }

func (f findings) Errorf(format string, args ...any) {
	f.t.Helper()
	if message := fmt.Sprintf(format, args...); !strings.Contains(message, "unexpected fact") {
		f.t.Error(message)
	}
}

// seed matches the comment of a wrong line. Its text identifies the kind of violation.
var seed = regexp.MustCompile("// want (`[^`]+`)")

func TestSeeds_coverManyKinds(t *testing.T) {
	t.Parallel()
	seeds, kinds := 0, map[string]bool{}
	err := filepath.WalkDir(shop, func(path string, entry os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		source, err := os.ReadFile(path)
		for _, found := range seed.FindAllSubmatch(source, -1) {
			seeds++
			kinds[kindOf(path, string(found[1]))] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if seeds < 40 || len(kinds) < 10 {
		t.Errorf("%d seeded violations of %d kinds, want at least 40 of 10", seeds, len(kinds))
	}
	t.Logf("%d seeded violations of %d kinds", seeds, len(kinds))
}

// kindWords match the kinds of violation of rules that have several.
var kindWords = regexp.MustCompile(`opens a transaction|writes to the database|publishes an event|enqueues a job|` +
	`returns a handler|exported variable|exported field|exported handler|handler \w+ is exported|returns no error|its own error|` +
	`Socket\.IO|River|scs|wire|imports feature|imports? cmd|migrations import|` +
	`is internal to|is a store|is a view|is the entry point|` +
	`of this (?:channel|event handler|event|job|use case|slot)|two of the kind|not a constant|` +
	`uses table|does not belong|for its side effect|init functions|blank variable`)

func kindOf(path, wanted string) string {
	if word := kindWords.FindString(wanted); word != "" {
		return word
	}
	return path
}

func absolute(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(shop)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
