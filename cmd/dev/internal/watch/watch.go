// Package watch tells which source files of a tree were changed.
//
//	watcher, err := watch.Dir(root)
//	…
//	defer watcher.Close()
//	for paths := range watcher.Changes() {
//		// ["features/blog/article.go" …]: relative, with slashes
//	}
//
// A save by an editor is several events in the file system (truncate, write,
// rename); they come out as one change, and only if the content is another than
// before. Folders may come and go while watching.
package watch

import (
	"crypto/sha256"
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
// editor to finish its save, too short to be noticed.
const settle = 15 * time.Millisecond

// emptyFor is for how many looks a file that is suddenly empty is taken for one
// whose content is about to be written.
const emptyFor = 20

// Watcher watches one tree until it is closed.
type Watcher struct {
	root    string
	events  *fsnotify.Watcher
	known   map[string][sha256.Size]byte // content of each source file
	emptied map[string]int               // how often each was found empty that was not before
	changes chan []string
	closed  chan struct{}
}

// Dir watches the tree under root.
func Dir(root string) (*Watcher, error) {
	events, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", root, err)
	}
	w := &Watcher{root: root, events: events, known: map[string][sha256.Size]byte{}, emptied: map[string]int{}, changes: make(chan []string), closed: make(chan struct{})}
	if _, err := w.add(root); err != nil {
		_ = events.Close()
		return nil, fmt.Errorf("watch %s: %w", root, err)
	}
	go w.run()
	return w, nil
}

// Changes delivers the changed files, relative to the root; a file that is
// gone is a change too. It is closed after Close.
func (w *Watcher) Changes() <-chan []string { return w.changes }

// Close ends watching. It is called once.
func (w *Watcher) Close() {
	close(w.closed)
	_ = w.events.Close()
}

// Source reports whether a change of the file can change the application:
// what is compiled, embedded or bundled, but not tests and not what is
// generated.
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

// Ignored reports whether a folder of this path has nothing to do with the
// application: packages of others, what is built, tests' data, other modules.
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

// add watches a folder and those in it, and returns the source files that are
// new or changed.
func (w *Watcher) add(dir string) (changed []string, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil // gone again
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

// changed reports whether the file is a source file with another content than
// when it was last looked at.
func (w *Watcher) changed(path string) bool {
	if !Source(path) {
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
			// An overflow of the queue: the next save is seen again.
			if !ok {
				return
			}
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

// look finds out what became of the paths that were touched.
func (w *Watcher) look(touched map[string]bool) []string {
	var changed []string
	for path := range touched {
		info, err := os.Stat(path)
		switch {
		case err == nil && info.IsDir():
			if Ignored(path) {
				continue
			}
			found, err := w.add(path)
			if err != nil {
				continue // gone again
			}
			changed = append(changed, found...)
		case err != nil:
			changed = append(changed, w.removed(path)...)
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

// removed is the source files that went with a file or a whole folder.
func (w *Watcher) removed(path string) []string {
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
