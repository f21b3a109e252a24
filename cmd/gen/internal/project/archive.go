package project

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"

	"example.com/pergola/cmd/gen/internal/usage"
)

// Archive is the file in which a project keeps what it lost with core packages.
const Archive = "cmd/gen/archive.txtar"

// Minimal returns the project without optional core packages and the features that
// need them. They are in its Archive.
func (f Files) Minimal() (Files, error) { return f.withoutCore(corePackages) }

// WithoutCore returns the project without a core package and the features that
// need it, and names these. The template's features go to the Archive. It fails
// with a usage error if there is no such package, or if an owner's feature needs
// it, unless force is set.
func (f Files) WithoutCore(name string, force bool) (without Files, removed []string, err error) {
	if !slices.Contains(corePackages, name) {
		return nil, nil, usage.Errorf("%q is not an optional core package: use one of %s", name, CorePackages())
	}
	if slices.Contains(f.missing(), name) {
		return f, nil, nil
	}
	gone := append(f.missing(), name)
	removed = f.featuresExcept(f.supported(gone))
	owned := slices.DeleteFunc(slices.Clone(removed), f.isTemplateFeature)
	if len(owned) > 0 && !force {
		return nil, nil, usage.Errorf("core/%s cannot be removed, because these features of yours need it: %s; change what they import, or use --force to remove them, too", name, strings.Join(owned, ", "))
	}
	without, err = f.withoutFeatures(nil, owned)
	if err == nil {
		without, err = without.withoutCore([]string{name})
	}
	if err != nil {
		return nil, nil, err
	}
	return without, removed, without.recordFeatures(func(features []string) []string {
		return slices.DeleteFunc(features, func(feature string) bool { return slices.Contains(removed, feature) })
	})
}

// withoutCore moves core packages, and the features that need them, to the
// Archive.
func (f Files) withoutCore(names []string) (Files, error) {
	before, err := f.archived()
	if err != nil && len(f.missing()) > 0 {
		return nil, err
	}
	gone := slices.Concat(f.missing(), names)
	working := f.supported(gone)
	gone = slices.Concat(gone, f.featuresExcept(working), before.featuresExcept(working))
	left, err := f.Without(gone...)
	if err != nil {
		return nil, err
	}
	complete := maps.Clone(f)
	maps.Copy(complete, before) // has the lines that f lost before
	left[Archive] = archive(complete, left)
	return left, nil
}

// archive returns the Archive of a project: the complete files that it does not
// have, or has with other content.
func archive(complete, project Files) File {
	kept := &txtar.Archive{Comment: []byte("What this project lost with core packages. `./task gen -- core-package` restores it.\n\n")}
	for _, name := range complete.names() {
		if name == Archive || name == RecordFile || strings.HasSuffix(name, "_templ.go") || strings.HasSuffix(name, "/wire_gen.go") {
			continue
		}
		left, stays := project[name]
		if !stays || name == goMod || name == goSum || !bytes.Equal(left.Content, complete[name].Content) {
			kept.Files = append(kept.Files, txtar.File{Name: name, Data: complete[name].Content})
		}
	}
	return File{Content: txtar.Format(kept), Mode: 0o644}
}

// archived returns the files in the Archive, without those of features that the
// owner replaced. It fails with a usage error if there is no Archive.
func (f Files) archived() (Files, error) {
	archive, ok := f[Archive]
	if !ok {
		return nil, usage.Errorf("this project has no file %s to restore a package from", Archive)
	}
	found := Files{}
	for _, file := range txtar.Parse(archive.Content).Files {
		found[file.Name] = File{Content: file.Data, Mode: 0o644}
	}
	replaced := slices.DeleteFunc(found.Features(), func(feature string) bool {
		return len(f.below("features/"+feature)) == 0 || f.isTemplateFeature(feature)
	})
	if len(replaced) == 0 {
		return found, nil
	}
	return found.withoutFeatures(f, replaced)
}
