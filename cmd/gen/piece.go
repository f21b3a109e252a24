package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/source"
	"example.com/pergola/cmd/gen/internal/tree"
)

// piece is something that is added to what exists: files of its own, and what
// is inserted into files of a feature or of cmd/web. It can be put in and taken
// out again.
type piece struct {
	module   string
	files    []rendered
	inserts  []insert
	imports  []imported
	parts    []part
	useCases []useCase
	listed   []listed
}

// listed is a text in a variable that is a list of texts.
type listed struct{ file, variable, text string }

// insert is a text that stands above an anchor, or, if there is no anchor, at
// the end of a file.
type insert struct {
	anchor anchors.Anchor // with the path of its file
	text   string
}

// imported is a package that a file needs for what is inserted.
type imported struct{ file, path string }

// part is an element of a list in a Manifest, which goes above the anchor. It
// may take the place of another element.
type part struct {
	file     string
	list     source.List
	anchor   anchors.Anchor
	element  string
	replaces string
}

// The lists of a Manifest.
var (
	channelList      = listOf("realtime.Channels", anchors.RealtimeChannels, anchors.RealtimeHandlers)
	eventList        = listOf("events.Events", anchors.Events)
	eventHandlerList = listOf("events.Handlers", anchors.EventHandlers)
	jobList          = listOf("jobs.Jobs", anchors.Jobs)
	jobHandlerList   = listOf("jobs.Handlers", anchors.JobHandlers)
)

func listOf(name string, ends ...anchors.Anchor) source.List {
	list := source.List{Type: name}
	for _, anchor := range ends {
		list.Anchors = append(list.Anchors, anchor.Line())
	}
	return list
}

// putIn fails with an anchors.MissingError.
func (p part) putIn(text []byte) ([]byte, error) {
	text, err := source.RemoveFromList(text, p.list, p.replaces)
	if err != nil {
		return nil, err
	}
	return addAbove(text, p.list, p.anchor, p.file, p.element)
}

// takeOut puts a replaced element to the others of its list.
func (p part) takeOut(text []byte) ([]byte, error) {
	text, err := source.RemoveFromList(text, p.list, p.element)
	if err != nil || p.replaces == "" {
		return text, err
	}
	return addAbove(text, p.list, anchors.RealtimeChannels, p.file, p.replaces)
}

func addAbove(text []byte, list source.List, anchor anchors.Anchor, file, element string) ([]byte, error) {
	anchor.File = file
	if n := anchors.Count(text, anchor); n != 1 {
		return nil, &anchors.MissingError{Anchor: anchor, Found: n}
	}
	text, err := source.AddToList(text, list, anchor.Line(), element)
	if errors.Is(err, source.ErrNoAnchor) {
		return nil, &anchors.MissingError{Anchor: anchor}
	}
	return text, err
}

// useCase is a field of the struct Feature.
type useCase struct{ file, name string }

// putIn plans the piece.
func (p piece) putIn(t *tree.Tree) error {
	for _, file := range p.files {
		if t.Exists(file.path) {
			return fmt.Errorf("%s is in the way: move it, or take another name", file.path)
		}
		if err := t.Write(file.path, file.content); err != nil {
			return err
		}
		if err := inRecord(t, file.path, func(r record, print string) { r.Files[file.path] = print }); err != nil {
			return err
		}
	}
	for _, i := range p.inserts {
		if err := create(t, i.anchor.File); err != nil {
			return err
		}
		if err := change(t, i.anchor.File, i.putIn); err != nil {
			return err
		}
	}
	for _, i := range p.imports {
		if err := change(t, i.file, func(text []byte) ([]byte, error) { return source.AddImport(text, p.module, i.path) }); err != nil {
			return err
		}
	}
	for _, e := range p.parts {
		if err := change(t, e.file, e.putIn); err != nil {
			return err
		}
	}
	for _, d := range p.useCases {
		if err := change(t, d.file, func(text []byte) ([]byte, error) { return source.AddUseCase(text, d.name) }); err != nil {
			return err
		}
	}
	for _, l := range p.listed {
		err := change(t, l.file, func(text []byte) ([]byte, error) {
			text, _, err := source.AddText(text, l.variable, l.text)
			return text, err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return p.forParts(t)
}

// forParts imports what the new lists of a Manifest need.
func (p piece) forParts(t *tree.Tree) error {
	for _, e := range p.parts {
		pkg, _, _ := strings.Cut(e.list.Type, ".")
		if err := change(t, e.file, func(text []byte) ([]byte, error) { return source.AddImport(text, p.module, p.module+"/core/"+pkg) }); err != nil {
			return err
		}
	}
	return nil
}

func (i insert) putIn(text []byte) ([]byte, error) {
	if i.anchor.Name == "" {
		return append(bytes.TrimRight(text, "\n"), []byte("\n\n"+strings.Trim(i.text, "\n")+"\n")...), nil
	}
	return anchors.Insert(text, i.anchor, i.text)
}

// edited names what is not as putIn made it; then nothing may be taken out.
func (p piece) edited(t *tree.Tree) ([]string, error) {
	var edited []string
	for _, file := range p.files {
		want, err := formattedAs(t, file)
		if err != nil {
			return nil, err
		}
		got, err := t.Read(file.path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // somebody has removed it
		}
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(got, want) {
			edited = append(edited, file.path)
		}
	}
	for _, i := range p.inserts {
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

// formattedAs is the content as the tree would write it.
func formattedAs(t *tree.Tree, file rendered) ([]byte, error) {
	other := tree.Open(t.Root())
	if err := other.Write(file.path, file.content); err != nil {
		return nil, err
	}
	return other.Read(file.path)
}

// takeOut plans that the piece is gone. Ask edited first.
func (p piece) takeOut(t *tree.Tree) error {
	for _, file := range p.files {
		if !t.Exists(file.path) {
			continue
		}
		if err := inRecord(t, file.path, func(r record, _ string) { delete(r.Files, file.path) }); err != nil {
			return err
		}
		if err := t.Remove(file.path); err != nil {
			return err
		}
	}
	for _, i := range p.inserts {
		err := change(t, i.anchor.File, func(text []byte) ([]byte, error) {
			left, _ := anchors.Remove(text, i.text)
			return append(bytes.TrimRight(left, "\n"), '\n'), nil
		})
		if err != nil {
			return err
		}
	}
	for _, e := range p.parts {
		if err := change(t, e.file, e.takeOut); err != nil {
			return err
		}
	}
	for _, d := range p.useCases {
		if err := change(t, d.file, func(text []byte) ([]byte, error) { return source.RemoveUseCase(text, d.name) }); err != nil {
			return err
		}
	}
	for _, l := range p.listed {
		err := change(t, l.file, func(text []byte) ([]byte, error) { return source.RemoveText(text, l.variable, l.text) })
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := p.dropImports(t); err != nil {
		return err
	}
	for _, i := range p.inserts {
		if err := removeEmpty(t, i.anchor.File); err != nil {
			return err
		}
	}
	return nil
}

func (p piece) dropImports(t *tree.Tree) error {
	for _, i := range p.imports {
		if err := change(t, i.file, func(text []byte) ([]byte, error) { return source.DropImport(text, p.module, i.path) }); err != nil {
			return err
		}
	}
	for _, e := range p.parts {
		pkg, _, _ := strings.Cut(e.list.Type, ".")
		if err := change(t, e.file, func(text []byte) ([]byte, error) { return source.DropImport(text, p.module, p.module+"/core/"+pkg) }); err != nil {
			return err
		}
	}
	return nil
}

// create plans an empty file of a feature, unless there is one.
func create(t *tree.Tree, file string) error {
	feature, inFeature := strings.CutPrefix(path.Dir(file), "features/")
	if t.Exists(file) || !inFeature {
		return nil
	}
	if err := t.Write(file, []byte("package "+feature+"\n")); err != nil {
		return err
	}
	return inRecord(t, file, func(r record, print string) { r.Files[file] = print })
}

// removeEmpty plans that a file of a feature is gone if nothing is left in it.
func removeEmpty(t *tree.Tree, file string) error {
	content, err := t.Read(file)
	if err != nil || !strings.HasPrefix(file, "features/") {
		return err
	}
	if empty, err := source.Empty(content); err != nil || !empty {
		return err
	}
	if err := inRecord(t, file, func(r record, _ string) { delete(r.Files, file) }); err != nil {
		return err
	}
	return t.Remove(file)
}

// change plans another content of a file that exists; the record of its feature
// follows if it knew the old one.
func change(t *tree.Tree, file string, how func([]byte) ([]byte, error)) error {
	before, err := t.Read(file)
	if err != nil {
		return err
	}
	after, err := how(before)
	if err != nil {
		var missing *anchors.MissingError
		if errors.As(err, &missing) {
			return err
		}
		return fmt.Errorf("%s: %w", file, err)
	}
	if bytes.Equal(before, after) {
		return nil
	}
	if err := t.Write(file, after); err != nil {
		return err
	}
	return followRecord(t, file, before)
}

// followRecord notes that it was the generator that changed a file.
func followRecord(t *tree.Tree, file string, before []byte) error {
	return inRecord(t, file, func(r record, print string) {
		if r.Files[file] == fingerprint(before) {
			r.Files[file] = print
		}
	})
}

// inRecord changes the record of the feature that the file belongs to, if it
// has one. The fingerprint is the file's as it is planned.
func inRecord(t *tree.Tree, file string, how func(r record, print string)) error {
	feature, inFeature := strings.CutPrefix(path.Dir(file), "features/")
	if !inFeature {
		return nil
	}
	r, exists, err := readRecord(t, feature)
	if err != nil || !exists {
		return err
	}
	content, err := t.Read(file)
	if err != nil {
		return err
	}
	how(r, fingerprint(content))
	return r.write(t, feature)
}
