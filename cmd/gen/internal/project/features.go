package project

import (
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/usage"
)

// Importers returns the features that import another one.
func (f Files) Importers(feature string) []string {
	var found []string
	for _, other := range f.Features() {
		if other == feature {
			continue
		}
		if slices.ContainsFunc(f.below("features/"+other), func(name string) bool { return f.imports(name, feature) }) {
			found = append(found, other)
		}
	}
	return found
}

// imports reports whether a Go file or a template imports a feature.
func (f Files) imports(name, feature string) bool {
	return isSource(name) && strings.Contains(string(f[name].Content), `"`+f.Module()+"/features/"+feature+`"`)
}

// WithoutFeature returns the project without a feature: its folder, its
// migrations, its lines in shared files and, with handlers, what other features do
// with its events. It is also removed from the Archive, so that it is not restored.
// It fails with a usage error if there is no such feature, if other features import
// it and handlers is not set, and if they do more than handle its events.
func (f Files) WithoutFeature(feature string, handlers bool) (Files, error) {
	archived, _ := f.archived()
	switch {
	case slices.Contains(requiredFeatures, feature):
		return nil, usage.Errorf("%s cannot be removed: every project needs it", feature)
	case !slices.Contains(f.Features(), feature) && !slices.Contains(archived.Features(), feature):
		return nil, usage.Errorf("there is no feature %q: use one of %s", feature, strings.Join(f.Features(), ", "))
	}
	if others := f.Importers(feature); len(others) > 0 && !handlers {
		return nil, usage.Errorf("%s cannot be removed, because other features import it: %s; --with-handlers removes their handlers of its events", feature, strings.Join(others, ", "))
	}
	left, err := f.withoutFeatures(nil, []string{feature})
	if err != nil {
		return nil, err
	}
	if importers := left.filesThatImport(feature); len(importers) > 0 {
		return nil, usage.Errorf("%s cannot be removed, because these files do more than handle its events: %s; change them, or destroy their feature first", feature, strings.Join(importers, ", "))
	}
	if archived != nil {
		if archived, err = archived.withoutFeatures(f, []string{feature}); err != nil {
			return nil, err
		}
		left[Archive] = archive(archived, Files{})
	}
	return left, left.recordFeatures(func(features []string) []string {
		return slices.DeleteFunc(features, func(other string) bool { return other == feature })
	})
}

// withoutFeatures returns the files without features that are not going to be
// restored, and without handlers of their events.
func (f Files) withoutFeatures(others Files, features []string) (Files, error) {
	left, err := f.without(others, features)
	if err != nil {
		return nil, err
	}
	for _, feature := range features {
		left.forget(feature)
		if err := left.removeHandlers(f.Module(), feature); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// forget removes a feature from the directives that name it as an alternative.
func (f Files) forget(feature string) {
	for name, file := range f {
		if file.Text() && hasDirectives(name) {
			f[name] = file.with(forget(linesOf(name, file.Content), feature))
		}
	}
}

// filesThatImport returns the files that import a feature, without generated ones.
func (f Files) filesThatImport(feature string) []string {
	return slices.DeleteFunc(f.names(), func(name string) bool { return Generated(name) || !f.imports(name, feature) })
}

// Migrations returns the names of the migrations of a feature or core package.
func (f Files) Migrations(owner string) []string {
	return slices.DeleteFunc(f.names(), func(name string) bool {
		found := migration.FindStringSubmatch(name)
		return found == nil || found[1] != owner
	})
}
