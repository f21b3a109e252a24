package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/source"
	"example.com/pergola/cmd/gen/internal/tree"
	"example.com/pergola/cmd/gen/templates"
)

// code is generated code: files of its own, and insertions into files of a
// feature or of cmd/web. It can be added and removed again.
type code struct {
	module   string
	files    []templates.File
	inserts  []insert
	imports  []imported
	entries  []manifestEntry
	useCases []useCase
	listed   []listed
}

// listed is an element of a variable that is a []string.
type listed struct{ file, variable, text string }

// insert is text above an anchor or, without an anchor, at the end of a file.
type insert struct {
	anchor anchors.Anchor // with the path of its file
	text   string
}

// imported is a package that a file imports for the inserted code.
type imported struct{ file, path string }

// useCase is a field of the struct Feature.
type useCase struct{ file, name string }

// add plans to add the code.
func (c code) add(t *tree.Tree) error {
	for _, file := range c.files {
		if t.Exists(file.Path) {
			return fmt.Errorf("%s already exists: move it, or choose another name", file.Path)
		}
		if err := t.Write(file.Path, file.Content); err != nil {
			return err
		}
		if err := updateChecksums(t, file.Path, func(sums checksums, sum string) { sums.Files[file.Path] = sum }); err != nil {
			return err
		}
	}
	for _, i := range c.inserts {
		if err := create(t, i.anchor.File); err != nil {
			return err
		}
		if err := change(t, i.anchor.File, i.add); err != nil {
			return err
		}
	}
	for _, i := range c.imports {
		if err := change(t, i.file, func(text []byte) ([]byte, error) { return source.AddImport(text, c.module, i.path) }); err != nil {
			return err
		}
	}
	for _, e := range c.entries {
		if err := change(t, e.file, e.add); err != nil {
			return err
		}
	}
	for _, d := range c.useCases {
		if err := change(t, d.file, func(text []byte) ([]byte, error) { return source.AddUseCase(text, d.name) }); err != nil {
			return err
		}
	}
	for _, l := range c.listed {
		err := change(t, l.file, func(text []byte) ([]byte, error) {
			text, _, err := source.AddText(text, l.variable, l.text)
			return text, err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return c.addEntryImports(t)
}

// addEntryImports adds the imports of the Manifest's lists.
func (c code) addEntryImports(t *tree.Tree) error {
	for _, e := range c.entries {
		pkg, _, _ := strings.Cut(e.list.Type, ".")
		if err := change(t, e.file, func(text []byte) ([]byte, error) { return source.AddImport(text, c.module, c.module+"/core/"+pkg) }); err != nil {
			return err
		}
	}
	return nil
}

func (i insert) add(text []byte) ([]byte, error) {
	if i.anchor.Name == "" {
		return append(bytes.TrimRight(text, "\n"), []byte("\n\n"+strings.Trim(i.text, "\n")+"\n")...), nil
	}
	return anchors.Insert(text, i.anchor, i.text)
}

// edited returns the files that have changed since add: then nothing may be
// removed.
func (c code) edited(t *tree.Tree) ([]string, error) {
	var edited []string
	for _, file := range c.files {
		want, err := formattedAs(t, file)
		if err != nil {
			return nil, err
		}
		got, err := t.Read(file.Path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // already removed
		}
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(got, want) {
			edited = append(edited, file.Path)
		}
	}
	for _, i := range c.inserts {
		text, err := t.Read(i.anchor.File)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if _, ok := anchors.Remove(text, i.text); !ok {
			edited = append(edited, i.anchor.File)
		}
	}
	return edited, nil
}

// formattedAs returns the content as the tree would write it.
func formattedAs(t *tree.Tree, file templates.File) ([]byte, error) {
	other := tree.Open(t.Root())
	if err := other.Write(file.Path, file.Content); err != nil {
		return nil, err
	}
	return other.Read(file.Path)
}

// remove plans to remove the code. Call edited first.
func (c code) remove(t *tree.Tree) error {
	for _, file := range c.files {
		if !t.Exists(file.Path) {
			continue
		}
		if err := updateChecksums(t, file.Path, func(sums checksums, _ string) { delete(sums.Files, file.Path) }); err != nil {
			return err
		}
		if err := t.Remove(file.Path); err != nil {
			return err
		}
	}
	for _, i := range c.inserts {
		err := change(t, i.anchor.File, func(text []byte) ([]byte, error) {
			left, _ := anchors.Remove(text, i.text)
			return append(bytes.TrimRight(left, "\n"), '\n'), nil
		})
		if err != nil {
			return err
		}
	}
	for _, e := range c.entries {
		if err := change(t, e.file, e.remove); err != nil {
			return err
		}
	}
	for _, d := range c.useCases {
		if err := change(t, d.file, func(text []byte) ([]byte, error) { return source.RemoveUseCase(text, d.name) }); err != nil {
			return err
		}
	}
	for _, l := range c.listed {
		err := change(t, l.file, func(text []byte) ([]byte, error) { return source.RemoveText(text, l.variable, l.text) })
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := c.dropImports(t); err != nil {
		return err
	}
	for _, i := range c.inserts {
		if err := removeEmpty(t, i.anchor.File); err != nil {
			return err
		}
	}
	return nil
}

func (c code) dropImports(t *tree.Tree) error {
	for _, i := range c.imports {
		if err := change(t, i.file, func(text []byte) ([]byte, error) { return source.DropImport(text, c.module, i.path) }); err != nil {
			return err
		}
	}
	for _, e := range c.entries {
		pkg, _, _ := strings.Cut(e.list.Type, ".")
		if err := change(t, e.file, func(text []byte) ([]byte, error) { return source.DropImport(text, c.module, c.module+"/core/"+pkg) }); err != nil {
			return err
		}
	}
	return nil
}
