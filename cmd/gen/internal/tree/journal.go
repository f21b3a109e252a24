package tree

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// folder is where the tree keeps what it needs to put itself back.
const folder = ".data/gen"

// journal holds what the files were before Apply, on disk, until Apply is over.
type journal struct {
	root  string
	lock  *os.File
	files []former
}

// former is a file as it was.
type former struct {
	Name    string      `json:"name"`
	Existed bool        `json:"existed"`
	Content []byte      `json:"content"`
	Mode    fs.FileMode `json:"mode"`
}

// openJournal makes sure that there is one generator at work in a tree, and
// that what a killed one left is put back before.
func (t *Tree) openJournal() (*journal, error) {
	lock, err := lockTree(t.root)
	if err != nil {
		return nil, err
	}
	j := &journal{root: t.root, lock: lock}
	for _, name := range t.sorted() {
		f := t.planned[name]
		j.files = append(j.files, former{Name: name, Existed: f.before != nil, Content: f.before, Mode: f.mode})
	}
	content, err := json.Marshal(j.files)
	if err == nil {
		err = writeFile(t.root, folder+"/undo.json", content, 0o644)
	}
	if err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("note what the files are now: %w", err)
	}
	return j, nil
}

// putBack makes the files what they were.
func (j *journal) putBack() error {
	var failed error
	for _, f := range j.files {
		if !f.Existed {
			failed = errors.Join(failed, removeFile(j.root, f.Name))
			continue
		}
		failed = errors.Join(failed, writeFile(j.root, f.Name, f.Content, f.Mode))
	}
	if failed != nil {
		_ = j.lock.Close()
		return fmt.Errorf("and some files could not be put back; the next run tries again: %w", failed)
	}
	return j.close()
}

func (j *journal) close() error {
	err := os.Remove(filepath.Join(j.root, folder, "undo.json"))
	return errors.Join(err, j.lock.Close())
}

// Recover puts back what a generator that was killed in the middle has left,
// and reports whether there was anything. It fails if another one is at work.
func Recover(root string) (bool, error) {
	content, err := os.ReadFile(filepath.Join(root, folder, "undo.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	lock, err := lockTree(root)
	if err != nil {
		return false, err
	}
	j := &journal{root: root, lock: lock}
	if err := json.Unmarshal(content, &j.files); err != nil {
		return false, errors.Join(fmt.Errorf("read what a run that was interrupted has left in %s/undo.json: %w", folder, err), lock.Close())
	}
	return true, j.putBack()
}

func lockTree(root string) (*os.File, error) {
	at := filepath.Join(root, folder)
	if err := os.MkdirAll(at, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder for what is needed to put the tree back: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(at, "lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock the tree: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.New("another generator is at work in this checkout: wait until it has finished")
		}
		return nil, fmt.Errorf("lock the tree: %w", err)
	}
	return lock, nil
}
