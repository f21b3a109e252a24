// Package tree changes many files at once, or none.
//
// Changes are planned in memory, where later reads see them, and Go files are
// parsed. Apply writes them and runs steps that generate more files. If anything
// fails, every file is restored. If the process is killed, the next one restores
// them: see Recover. Files that were edited in the meantime are kept, and named.
//
//	t := tree.Open(root)
//	t.Write("features/blog/events.go", content)
//	t.Generates("cmd/web/wire_gen.go")
//	err := t.Apply(ctx, runWire)
//
// Names are relative to the root, with slashes, and stay inside it.
package tree

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/a-h/templ/parser/v2"
)

// Tree is a folder with planned changes.
type Tree struct {
	root    string
	planned map[string]*file
}

// file is a file before and after the change.
type file struct {
	before    []byte // nil if it does not exist
	mode      fs.FileMode
	after     []byte // nil if it is removed
	written   bool   // by a step, not by the plan
	generated bool   // by a step, perhaps after the plan
}

// Open returns a tree without planned changes.
func Open(root string) *Tree { return &Tree{root: root, planned: map[string]*file{}} }

// Root returns the folder.
func (t *Tree) Root() string { return t.root }

// Read returns the planned content of a file, or else the current one. It fails with
// fs.ErrNotExist.
func (t *Tree) Read(name string) ([]byte, error) {
	if f, ok := t.planned[name]; ok && !f.written {
		if f.after == nil {
			return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
		}
		return f.after, nil
	}
	return os.ReadFile(t.path(name))
}

// Exists reports whether the file exists after the planned changes.
func (t *Tree) Exists(name string) bool {
	if f, ok := t.planned[name]; ok && !f.written {
		return f.after != nil
	}
	info, err := os.Stat(t.path(name))
	return err == nil && info.Mode().IsRegular()
}

// List returns the names of the files in a folder, sorted, without subfolders.
func (t *Tree) List(folder string) ([]string, error) {
	entries, err := os.ReadDir(t.path(folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if name := path.Join(folder, entry.Name()); !entry.IsDir() && t.Exists(name) {
			names = append(names, name)
		}
	}
	for name, f := range t.planned {
		if path.Dir(name) == folder && f.after != nil && !f.written && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Folders returns the names of the folders in a folder, sorted.
func (t *Tree) Folders(folder string) ([]string, error) {
	entries, err := os.ReadDir(t.path(folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	found := map[string]bool{}
	for _, entry := range entries {
		if entry.IsDir() {
			found[entry.Name()] = true
		}
	}
	for name, f := range t.planned {
		if rest, inside := strings.CutPrefix(name, folder+"/"); inside && f.after != nil {
			if first, _, deeper := strings.Cut(rest, "/"); deeper {
				found[first] = true
			}
		}
	}
	var names []string
	for name := range found {
		if files, _ := t.within(folder + "/" + name); files {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// within reports whether a folder has files after the planned changes.
func (t *Tree) within(folder string) (bool, error) {
	found := false
	err := filepath.WalkDir(t.path(folder), func(at string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(t.root, at)
		if err == nil && t.Exists(filepath.ToSlash(name)) {
			found = true
			return fs.SkipAll
		}
		return err
	})
	for name, f := range t.planned {
		found = found || strings.HasPrefix(name, folder+"/") && f.after != nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return found, err
}

// Write plans the content of a file. Go and templ are formatted; it fails if they
// do not parse.
func (t *Tree) Write(name string, content []byte) error {
	content, err := formatted(name, content)
	if err != nil {
		return fmt.Errorf("the generated %s does not parse: %w", name, err)
	}
	f, err := t.plan(name)
	if err != nil {
		return err
	}
	f.after = nonNil(content)
	return nil
}

func formatted(name string, content []byte) ([]byte, error) {
	switch path.Ext(name) {
	case ".go":
		return format.Source(content)
	case ".templ":
		template, err := parser.ParseString(string(content))
		if err != nil {
			return nil, err
		}
		var formatted bytes.Buffer
		err = template.Write(&formatted)
		return formatted.Bytes(), err
	default:
		return content, nil
	}
}

// Remove plans to remove the file.
func (t *Tree) Remove(name string) error {
	f, err := t.plan(name)
	if err != nil {
		return err
	}
	f.after = nil
	return nil
}

// Generates registers files that steps write, so that they are restored with the
// others, and listed in Changes.
func (t *Tree) Generates(names ...string) error {
	for _, name := range names {
		if f, planned := t.planned[name]; planned {
			f.generated = true
			continue
		}
		f, err := t.plan(name)
		if err != nil {
			return err
		}
		f.written, f.generated = true, true
	}
	return nil
}

func (t *Tree) plan(name string) (*file, error) {
	if f, ok := t.planned[name]; ok {
		f.written = false
		return f, nil
	}
	if !filepath.IsLocal(filepath.FromSlash(name)) || path.Clean(name) != name {
		return nil, fmt.Errorf("%q is not a file in this tree", name)
	}
	f := &file{mode: 0o644}
	info, err := os.Lstat(t.path(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file: move it", name)
	default:
		f.mode = info.Mode().Perm()
		if f.before, err = os.ReadFile(t.path(name)); err != nil {
			return nil, err
		}
		f.before = nonNil(f.before)
		f.after = f.before
	}
	t.planned[name] = f
	return f, nil
}

// Kind is a kind of change.
type Kind string

// The kinds of change.
const (
	Created Kind = "created"
	Changed Kind = "changed"
	Removed Kind = "removed"
)

// Change is a file that changes.
type Change struct {
	Kind Kind   `json:"kind"`
	File string `json:"file"`
}

// Changes returns the files that change, sorted by name; after Apply also the
// generated ones.
func (t *Tree) Changes() []Change {
	var changes []Change
	for name, f := range t.planned {
		switch {
		case f.before == nil && f.after != nil:
			changes = append(changes, Change{Created, name})
		case f.before != nil && f.after == nil:
			changes = append(changes, Change{Removed, name})
		case !bytes.Equal(f.before, f.after):
			changes = append(changes, Change{Changed, name})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.File, b.File) })
	return changes
}

func (t *Tree) path(name string) string { return filepath.Join(t.root, filepath.FromSlash(name)) }

func nonNil(content []byte) []byte {
	if content == nil {
		return []byte{}
	}
	return content
}
