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

// shop is an application whose features break every rule, each line of which
// that is wrong says so in a comment `// want`. Only its catalog is as it
// should be.
const shop = "testdata/shop"

func TestAnalyzers_findEverySeededViolation(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		analyzer *analysis.Analyzer
		packages []string
	}{
		"what a browser sends is stored":         {boundaries.RealtimeWrites, []string{"./features/orders"}},
		"handlers are given away":                {boundaries.PrivateHandlers, []string{"./features/reviews"}},
		"libraries are known in many places":     {boundaries.ConfinedImports, []string{"./features/payments/...", "./core/realtime"}},
		"arrows point outward":                   {boundaries.InwardImports, []string{"./core/mail", "./web", "./migrations"}},
		"another feature's parts are taken":      {boundaries.ForeignParts, []string{"./features/thefts"}},
		"names do not say whose they are":        {boundaries.StoredNames, []string{"./features/names"}},
		"statements touch the tables of others":  {boundaries.OwnTables, []string{"./features/tables", "./core/jobs"}},
		"addresses do not say whose they are":    {boundaries.OwnRoutes, []string{"./features/routes"}},
		"something happens because of an import": {boundaries.NoRegistration, []string{"./features/registered"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			analysistest.Run(findings{t}, absolute(t), tt.analyzer, tt.packages...)
		})
	}
}

func TestAnalyzers_findNothingInWhatIsRight(t *testing.T) {
	t.Parallel()
	for _, analyzer := range boundaries.Analyzers() {
		t.Run(analyzer.Name, func(t *testing.T) {
			t.Parallel()
			analysistest.Run(findings{t}, absolute(t), analyzer, "./features/catalog/...", "./cmd/...", "./core/auth", "./core/internal/...", "./core/realtime/internal/...")
		})
	}
}

// findings are what the analyzers say to people. What they say to each other
// (facts) is their own affair.
type findings struct{ t *testing.T }

func (f findings) Errorf(format string, args ...any) {
	f.t.Helper()
	if message := fmt.Sprintf(format, args...); !strings.Contains(message, "unexpected fact") {
		f.t.Error(message)
	}
}

// seed is a line that is wrong. Each analyzer has kinds of its own: what is
// wanted says which.
var seed = regexp.MustCompile("// want (`[^`]+`)")

func TestSeeds_areManyAndOfManyKinds(t *testing.T) {
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

// kinds are the words by which a kind of violation is known, where one rule
// has several.
var kindWords = regexp.MustCompile(`opens a transaction|writes to the storage|publishes an event|enqueues a job|` +
	`gives a handler away|exported variable|exported field|handler and exported|the handler|` +
	`Socket\.IO|River|scs|wire|imports the feature|imports? cmd|migrations import|move what both|` +
	`is inside the feature|is the storage|is a view|is the front door|` +
	`of this (?:channel|event handler|event|job|use case)|two of the kind|while the program runs|` +
	`touches|the address|imported for what it does|an init|without a name`)

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
