package tree

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// folder is where the tree keeps what it needs to put itself back.
const folder = ".data/gen"

const (
	undoFile = folder + "/undo.json"
	replaced = folder + "/replaced"
)

// ErrNotPutBack says that some files are still as a run made them that did not
// finish, or as somebody has edited them since.
var ErrNotPutBack = errors.New("not all of what an unfinished run had begun could be taken back")

// journal holds what the files were before Apply, on disk, until Apply is over.
type journal struct {
	root  string
	lock  *treeLock
	files []former
}

// former is a file as it was, and what tells whether it was edited since.
type former struct {
	Name      string      `json:"name"`
	Existed   bool        `json:"existed"`
	Content   []byte      `json:"content"`
	Mode      fs.FileMode `json:"mode"`
	Planned   string      `json:"planned"`   // the fingerprint of what it is to be
	Generated bool        `json:"generated"` // a step writes it: what it is to be, nobody knows yet
}

// gone is the fingerprint of a file that is not there.
const gone = ""

func fingerprint(content []byte) string {
	if content == nil {
		return gone
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func (f former) fingerprint() string {
	if !f.Existed {
		return gone
	}
	return fingerprint(nonNil(f.Content))
}

// now is what stands in the file; nil if there is none.
func (f former) now(root string) ([]byte, error) {
	content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.Name)))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	return nonNil(content), err
}

// knows reports whether the content is what the run found or planned.
func (f former) knows(content []byte) bool {
	print := fingerprint(content)
	return print == f.fingerprint() || print == f.Planned
}

func (f former) putBack(root string) error {
	if !f.Existed {
		return removeFile(root, f.Name)
	}
	return writeFile(root, f.Name, f.Content, f.Mode)
}

// openJournal makes sure that there is one generator at work in a tree, and
// that no killed one has left anything: Recover comes before.
func (t *Tree) openJournal() (*journal, error) {
	lock, err := lockTree(t.root)
	if err != nil {
		return nil, err
	}
	if hasJournal(t.root) {
		_ = lock.Close()
		return nil, errors.New("another run was interrupted meanwhile: run this one again")
	}
	j := &journal{root: t.root, lock: lock, files: t.formers()}
	if err := j.write(); err != nil {
		_ = lock.Close()
		return nil, err
	}
	return j, nil
}

// formers are the files that Apply may change.
func (t *Tree) formers() []former {
	var files []former
	for _, name := range t.sorted() {
		f := t.planned[name]
		same := (f.before == nil) == (f.after == nil) && bytes.Equal(f.before, f.after)
		if same && !f.generated {
			continue
		}
		files = append(files, former{
			Name: name, Existed: f.before != nil, Content: f.before, Mode: f.mode,
			Planned: fingerprint(f.after), Generated: f.generated,
		})
	}
	return files
}

func (j *journal) write() error {
	content, err := json.Marshal(j.files)
	if err == nil {
		err = writeFile(j.root, undoFile, content, 0o644)
	}
	if err != nil {
		return fmt.Errorf("note what the files are now: %w", err)
	}
	return nil
}

// putBack makes the files what they were, but for those that somebody has
// edited since.
func (j *journal) putBack() error {
	var edited []former
	var failed error
	for _, f := range j.files {
		content, err := f.now(j.root)
		switch {
		case err != nil:
			failed = errors.Join(failed, err)
		case f.Generated || f.knows(content):
			failed = errors.Join(failed, f.putBack(j.root))
		default:
			edited = append(edited, f)
		}
	}
	switch {
	case failed != nil:
		_ = j.lock.Close()
		return fmt.Errorf("%w; the next run tries again: %w", ErrNotPutBack, failed)
	case len(edited) > 0:
		return j.leave(edited)
	default:
		return j.close()
	}
}

// leave forgets all files but those that were edited: the others are settled,
// and may change again before these are.
func (j *journal) leave(edited []former) error {
	j.files = edited
	if err := errors.Join(j.write(), j.lock.Close()); err != nil {
		return fmt.Errorf("%w: %w", ErrNotPutBack, err)
	}
	var names []string
	for _, f := range edited {
		names = append(names, f.Name)
	}
	return fmt.Errorf("%w: edited since, and left so: %s; take out by hand what is not yours (git diff shows it), then remove %s",
		ErrNotPutBack, strings.Join(names, ", "), undoFile)
}

// keepGenerated copies generated files that are about to be replaced. Somebody
// may have edited them as well: that cannot be told.
func (j *journal) keepGenerated() error {
	for _, f := range j.files {
		content, err := f.now(j.root)
		if err != nil {
			return err
		}
		if !f.Generated || content == nil || f.knows(content) {
			continue
		}
		if err := writeFile(j.root, replaced+"/"+f.Name, content, f.Mode); err != nil {
			return err
		}
	}
	return nil
}

func (j *journal) close() error {
	err := os.Remove(filepath.Join(j.root, undoFile))
	return errors.Join(err, j.lock.Close())
}

// Recover puts back what a generator that was killed in the middle has left,
// and reports whether there was anything. Generated files that it replaces are
// kept in .data/gen/replaced. It fails if another generator is at work, and with
// ErrNotPutBack, naming them, if files were edited since: these stay as they
// are, and it fails until somebody removes .data/gen/undo.json.
func Recover(root string) (bool, error) {
	j, err := readJournal(root)
	if err != nil || j == nil {
		return false, err
	}
	if err := j.keepGenerated(); err != nil {
		return false, errors.Join(fmt.Errorf("keep what was generated: %w", err), j.lock.Close())
	}
	return true, j.putBack()
}

// Interrupted reports whether Recover would find anything, and changes nothing.
// It fails if another generator is at work.
func Interrupted(root string) (bool, error) {
	j, err := readJournal(root)
	if err != nil || j == nil {
		return false, err
	}
	return true, j.lock.Close()
}

// readJournal is the journal that an unfinished run has left; nil if there is
// none. What stands in it counts only under the lock: whoever holds that may
// still be about to finish.
func readJournal(root string) (*journal, error) {
	if !hasJournal(root) {
		return nil, nil
	}
	lock, err := lockTree(root)
	if err != nil {
		return nil, err
	}
	j := &journal{root: root, lock: lock}
	content, err := os.ReadFile(filepath.Join(root, undoFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, lock.Close()
	}
	if err == nil {
		err = json.Unmarshal(content, &j.files)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read what a run that was interrupted has left in %s: %w", undoFile, err), lock.Close())
	}
	return j, nil
}

func hasJournal(root string) bool {
	_, err := os.Lstat(filepath.Join(root, undoFile))
	return err == nil
}

// treeLock is held by the one generator that works in a tree.
type treeLock struct{ file *os.File }

// Close gives the lock back. Closing the file would not do: a program that has
// been started this moment still has it open.
func (l treeLock) Close() error {
	return errors.Join(syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN), l.file.Close())
}

func lockTree(root string) (*treeLock, error) {
	at := filepath.Join(root, folder)
	if err := os.MkdirAll(at, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder for what is needed to put the tree back: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(at, "lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock the tree: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.New("another generator is at work in this checkout: wait until it has finished")
		}
		return nil, fmt.Errorf("lock the tree: %w", err)
	}
	return &treeLock{file}, nil
}
