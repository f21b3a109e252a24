package boundaries

import (
	"strconv"

	"golang.org/x/tools/go/analysis"
)

// InwardImports is the rule that arrows point inward: cmd imports features and
// core, features import core, core imports no feature.
var InwardImports = &analysis.Analyzer{
	Name: "inwardimports",
	Doc:  "core and web import no feature, and nobody imports cmd",
	Run:  inwardImports,
}

func inwardImports(pass *analysis.Pass) (any, error) {
	here := placeOf(pass)
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
				pass.Reportf(spec.Pos(), "%[1]s imports the feature %[2]s: what core and web need of a feature comes through its feature.Manifest; what only %[2]s needs belongs into it", here.folder, feature)
			case isFeature && isUnder(here.folder, "migrations"):
				pass.Reportf(spec.Pos(), "migrations import the feature %s: a migration is SQL that stays as it is while features change", feature)
			case isUnder(imported, "cmd") && !isUnder(here.folder, "cmd"):
				pass.Reportf(spec.Pos(), "%s imports %s: move what both need to core", here.folder, imported)
			}
		}
	}
	return nil, nil
}
