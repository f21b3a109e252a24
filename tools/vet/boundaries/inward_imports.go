package boundaries

import (
	"strconv"

	"golang.org/x/tools/go/analysis"
)

// InwardImports is the rule that dependencies point inward: cmd imports features
// and core, features import core, and core imports no feature.
var InwardImports = &analysis.Analyzer{
	Name: "inwardimports",
	Doc:  "core and web import no feature, and only cmd imports cmd",
	Run:  inwardImports,
}

func inwardImports(pass *analysis.Pass) (any, error) {
	here := locate(pass)
	for _, file := range pass.Files {
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return nil, err
			}
			imported, ours := here.folderOf(path)
			if !ours {
				continue
			}
			feature, isFeature := featureOf(imported)
			switch {
			case isFeature && (isUnder(here.folder, "core") || isUnder(here.folder, "web")):
				pass.Reportf(spec.Pos(), "%[1]s imports feature %[2]s: pass what it needs through feature.Manifest or a slot, or move this code to features/%[2]s", here.folder, feature)
			case isFeature && isUnder(here.folder, "migrations"):
				pass.Reportf(spec.Pos(), "migrations import feature %s: write the migration in SQL only, so that it stays the same when the feature changes", feature)
			case isUnder(imported, "cmd") && !isUnder(here.folder, "cmd"):
				pass.Reportf(spec.Pos(), "%s imports %s: move the shared code to core", here.folder, imported)
			}
		}
	}
	return nil, nil
}
