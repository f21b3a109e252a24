package tree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// A Step runs on the changed tree and may write the files in Generates. If it
// fails, nothing changes.
type Step func(context.Context) error

// Apply writes the planned files, then runs the steps. If anything fails, it
// restores the tree; the error also says if that failed.
func (t *Tree) Apply(ctx context.Context, steps ...Step) error {
	if len(t.Changes()) == 0 {
		return nil
	}
	journal, err := t.openJournal()
	if err != nil {
		return err
	}
	if err := t.execute(ctx, steps); err != nil {
		return errors.Join(err, journal.restore())
	}
	if err := t.readGenerated(); err != nil {
		return errors.Join(err, journal.restore())
	}
	return journal.close()
}

func (t *Tree) execute(ctx context.Context, steps []Step) error {
	for _, change := range t.Changes() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := t.put(change.File, t.planned[change.File]); err != nil {
			return err
		}
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (t *Tree) put(name string, f *file) error {
	if f.after == nil {
		return removeFile(t.root, name)
	}
	return writeFile(t.root, name, f.after, f.mode)
}

// readGenerated reads the files that the steps wrote.
func (t *Tree) readGenerated() error {
	for name, f := range t.planned {
		if !f.written {
			continue
		}
		content, err := os.ReadFile(t.path(name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			f.after = nil
		case err != nil:
			return err
		default:
			f.after = nonNil(content)
		}
	}
	return nil
}

// writeFile writes a temporary file and renames it, so that no one reads half a
// file.
func writeFile(root, name string, content []byte, mode fs.FileMode) error {
	target := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return fmt.Errorf("create the folder of %s: %w", name, err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(target), ".gen-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Chmod(mode), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), target)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// removeFile removes the file, and the folders that it leaves empty.
func removeFile(root, name string) error {
	target := filepath.Join(root, filepath.FromSlash(name))
	if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	for folder := path.Dir(name); folder != "."; folder = path.Dir(folder) {
		if os.Remove(filepath.Join(root, filepath.FromSlash(folder))) != nil {
			return nil // something is in it
		}
	}
	return nil
}

// sorted returns the names of all planned files, sorted.
func (t *Tree) sorted() []string {
	names := make([]string, 0, len(t.planned))
	for name := range t.planned {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// WriteGenerated writes a file in a step, unless it has this content. The file must
// be in Generates.
func (t *Tree) WriteGenerated(name string, content []byte) error {
	f, ok := t.planned[name]
	if !ok {
		return fmt.Errorf("%s is not in Generates", name)
	}
	if bytes.Equal(f.before, content) && f.before != nil {
		return nil
	}
	return writeFile(t.root, name, content, f.mode)
}
