package parts

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"

	"example.com/pergola/cmd/gen/internal/usage"
)

// Archive is the file in which a slim project carries the packages of core that
// were cut out of it, and what shared files say of them.
const Archive = "cmd/gen/internal/parts/archive.txtar"

// Slim is the project without its features, accounts left out, and without
// realtime, events and jobs, which it carries in its Archive.
func (f Files) Slim() (Files, error) {
	gone := f.Features()
	whole, err := f.Without(gone...)
	if err != nil {
		return nil, err
	}
	left, err := whole.Without(corePackages...)
	if err != nil {
		return nil, err
	}
	left[Archive] = File{Content: whole.carried(left), Mode: 0o644}
	return left, nil
}

// carried is what a slim project keeps to bring packages back: the files that
// it does not have, or has in another form.
func (f Files) carried(slim Files) []byte {
	kept := &txtar.Archive{Comment: []byte("What was cut out of this project; `./task gen -- core-package` brings it back.\n\n")}
	for _, name := range f.names() {
		left, stays := slim[name]
		if !stays || name == goMod || name == goSum || !bytes.Equal(left.Content, f[name].Content) {
			kept.Files = append(kept.Files, txtar.File{Name: name, Data: f[name].Content})
		}
	}
	return txtar.Format(kept)
}

// unpacked is what the project carries. It fails with a usage error if that is
// nothing.
func (f Files) unpacked() (Files, error) {
	archive, ok := f[Archive]
	if !ok {
		return nil, usage.Errorf("this project carries no packages to bring back: only one made by `new --slim` has the file %s", Archive)
	}
	found := Files{}
	for _, file := range txtar.Parse(archive.Content).Files {
		found[file.Name] = File{Content: file.Data, Mode: 0o644}
	}
	return found, nil
}

// missing are the packages of core that the project does not have.
func (f Files) missing() []string {
	return slices.DeleteFunc(slices.Clone(corePackages), func(part string) bool { return len(f.below("core/"+part)) > 0 })
}

// CorePackages are the names that WithCore takes, for messages.
func CorePackages() string { return strings.Join(corePackages, ", ") }
