// Package watch reports changes of the source files below a folder.
//
//	watcher, err := watch.Dir(root)
//	…
//	defer watcher.Close()
//	for paths := range watcher.Changes() {
//		// ["features/blog/article.go" …]: relative, with slashes
//	}
//
// When an editor saves a file, there are several file system events (truncate,
// write, rename). They are reported as one change, and only if the content
// differs. Folders may be created, renamed and removed while watching.
//
// If the system lets this user watch no more folders, the error is a *LimitError.
package watch

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long to wait for further events after one: long enough for an
// editor to finish saving, too short to be noticed.
const settle = 15 * time.Millisecond

// emptyFor is the number of checks for which a file that was suddenly emptied is
// assumed to be in the middle of a save.
const emptyFor = 20

// Watcher watches one folder tree until it is closed.
type Watcher struct {
	root    string
	events  *fsnotify.Watcher
	known   map[string][sha256.Size]byte // content of each source file
	embeds  embeds
	emptied map[string]int // number of checks at which each was newly empty
	changes chan []string
	failed  chan error
	closed  chan struct{}
}

// Dir watches the tree below root.
func Dir(root string) (*Watcher, error) {
	events, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", root, explain(err))
	}
	w := &Watcher{root: root, events: events, known: map[string][sha256.Size]byte{}, embeds: embeds{}, emptied: map[string]int{}, changes: make(chan []string), failed: make(chan error, 1), closed: make(chan struct{})}
	if _, err := w.add(root); err != nil {
		_ = events.Close()
		return nil, fmt.Errorf("watch %s: %w", root, explain(err))
	}
	go w.run()
	return w, nil
}

// Changes delivers the changed and removed files, relative to the root. It is
// closed after Close.
func (w *Watcher) Changes() <-chan []string { return w.changes }

// Failed delivers the errors of new folders that can't be watched. If several
// wait, only the first is kept.
func (w *Watcher) Failed() <-chan error { return w.failed }

// Close stops watching. Call it once.
func (w *Watcher) Close() {
	close(w.closed)
	_ = w.events.Close()
}

// Source reports whether a file of this name can change the application: one that
// is compiled or bundled, but not a test or a generated file. Files that Go files
// embed can, too.
func Source(name string) bool {
	base := filepath.Base(name)
	if strings.HasPrefix(base, ".") || strings.HasSuffix(base, "_test.go") || strings.HasSuffix(base, "_templ.go") {
		return false
	}
	switch filepath.Ext(base) {
	case ".go", ".templ", ".sql", ".tmpl", ".ts":
		return true
	}
	return base == "go.mod" || base == "go.sum"
}

// Ignored reports whether a folder is irrelevant to the application: third-party
// packages, build output, test data, other modules.
func Ignored(path string) bool {
	switch base := filepath.Base(path); base {
	case "node_modules", "testdata", "dist", "bin", "tmp", "vendor":
		return true
	default:
		if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
			return true
		}
	}
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return err == nil
}

// add watches a folder and its subfolders, and returns the source files that are
// new or changed.
func (w *Watcher) add(dir string) (changed []string, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil // already gone
		}
		if !entry.IsDir() {
			if w.changed(path) {
				changed = append(changed, path)
			}
			return nil
		}
		if path != w.root && Ignored(path) {
			return fs.SkipDir
		}
		return w.events.Add(path)
	})
	return changed, err
}

// changed reports whether the file is a source file whose content differs from
// the last check.
func (w *Watcher) changed(path string) bool {
	if !Source(path) && !w.embeds.has(path) {
		return false
	}
	before, known := w.known[path]
	content, err := os.ReadFile(path)
	if err != nil {
		delete(w.known, path)
		return known
	}
	if len(content) == 0 && known && w.emptied[path] < emptyFor {
		w.emptied[path]++
		return false
	}
	delete(w.emptied, path)
	if filepath.Ext(path) == ".go" {
		w.embeds.read(path, content)
	}
	now := sha256.Sum256(content)
	w.known[path] = now
	return !known || now != before
}

func (w *Watcher) run() {
	defer close(w.changes)
	touched := map[string]bool{}
	var settled <-chan time.Time
	for {
		select {
		case event, ok := <-w.events.Events:
			if !ok {
				return
			}
			if event.Op != fsnotify.Chmod {
				touched[event.Name] = true
				settled = time.After(settle)
			}
		case _, ok := <-w.events.Errors:
			if !ok {
				return
			}
			// The queue overflowed: any file may have changed.
			touched[w.root] = true
			settled = time.After(settle)
		case <-settled:
			settled = nil
			changed := w.look(touched)
			clear(touched)
			for path := range w.emptied {
				touched[path] = true
				settled = time.After(settle)
			}
			if len(changed) > 0 {
				select {
				case w.changes <- changed:
				case <-w.closed:
					return
				}
			}
		}
	}
}

// look checks the paths that had events.
func (w *Watcher) look(touched map[string]bool) []string {
	var changed []string
	// Removed paths come first: a renamed folder keeps its watch until then, under
	// its former name.
	for path := range touched {
		if _, err := os.Stat(path); err != nil {
			changed = append(changed, w.removed(path)...)
		}
	}
	for path := range touched {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			// removed
		case info.IsDir():
			if path != w.root && Ignored(path) {
				continue
			}
			found, err := w.add(path)
			changed = append(changed, found...)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				select {
				case w.failed <- fmt.Errorf("watch %s: %w", path, explain(err)):
				default:
				}
			}
		case w.changed(path):
			changed = append(changed, path)
		}
	}
	for i, path := range changed {
		if relative, err := filepath.Rel(w.root, path); err == nil {
			changed[i] = filepath.ToSlash(relative)
		}
	}
	slices.Sort(changed)
	return slices.Compact(changed)
}

// removed stops watching a folder, and returns the source files that were removed
// with it or with a file.
func (w *Watcher) removed(path string) []string {
	for _, watched := range w.events.WatchList() {
		if watched == path || strings.HasPrefix(watched, path+string(filepath.Separator)) {
			_ = w.events.Remove(watched) // it may have ended with the folder
		}
	}
	var gone []string
	for known := range w.known {
		if known == path || strings.HasPrefix(known, path+string(filepath.Separator)) {
			gone = append(gone, known)
		}
	}
	for _, path := range gone {
		delete(w.known, path)
		delete(w.emptied, path)
	}
	return gone
}
