package parts

import (
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/usage"
)

// Listeners are the features that import another one.
func (f Files) Listeners(feature string) []string {
	var found []string
	for _, other := range f.Features() {
		if other == feature {
			continue
		}
		for _, name := range f.below("features/" + other) {
			if f.imports(name, feature) && !slices.Contains(found, other) {
				found = append(found, other)
			}
		}
	}
	return found
}

// imports reports whether a Go file or a template imports a feature.
func (f Files) imports(name, feature string) bool {
	return (strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".templ")) &&
		strings.Contains(string(f[name].Content), `"`+f.Module()+"/features/"+feature+`"`)
}

// WithoutFeature is the project without a feature: its folder, its migrations,
// its lines in shared files, and with listeners what others do when it speaks.
// It fails with a usage error if there is no such feature, if others listen and are
// not to be changed, and if something needs it that is no listener.
func (f Files) WithoutFeature(feature string, listeners bool) (Files, error) {
	switch {
	case slices.Contains(alwaysThere, feature):
		return nil, usage.Errorf("%s cannot be removed: every project needs it", feature)
	case !slices.Contains(f.Features(), feature):
		return nil, usage.Errorf("there is no feature %q: there are %s", feature, strings.Join(f.Features(), ", "))
	}
	if others := f.Listeners(feature); len(others) > 0 && !listeners {
		return nil, usage.Errorf("%s listens to %s: --with-listeners takes out its handlers too", strings.Join(others, " and "), feature)
	}
	left, err := f.Without(feature)
	if err != nil {
		return nil, err
	}
	left.forget(feature)
	if err := left.stopListening(feature); err != nil {
		return nil, err
	}
	if needy := left.needy(feature); len(needy) > 0 {
		return nil, usage.Errorf("%s cannot be removed, because these files import it and do more than handle its events: %s; change them, or destroy their feature first", feature, strings.Join(needy, ", "))
	}
	return left, nil
}

// forget takes a feature that does not come back out of the marks that name it
// as one of several: what needed one of them needs one of the others now.
func (f Files) forget(feature string) {
	for name, file := range f {
		if file.Text() && !unmarked(name) {
			f[name] = file.with(forget(linesOf(name, file.Content), feature))
		}
	}
}

// needy are the files that import a feature that is gone.
func (f Files) needy(feature string) []string {
	return slices.DeleteFunc(f.names(), func(name string) bool { return Generated(name) || !f.imports(name, feature) })
}

// Migrations are those of a feature or a package.
func (f Files) Migrations(owner string) []string {
	return slices.DeleteFunc(f.names(), func(name string) bool {
		found := migration.FindStringSubmatch(name)
		return found == nil || found[1] != owner
	})
}
