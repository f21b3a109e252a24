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

// folder is where a tree keeps what it needs to restore its files.
const folder = ".data/gen"

const (
	undoFile = folder + "/undo.json"
	replaced = folder + "/replaced"
)

// ErrNotRestored reports files that are still as an interrupted run left them, or
// that were edited since.
var ErrNotRestored = errors.New("an interrupted run could not be undone completely")

// journal has the files as they were before Apply, on disk, until Apply ends.
type journal struct {
	root  string
	lock  *treeLock
	files []original
}

// original is a file before Apply, with what is needed to know whether it was
// edited since.
type original struct {
	Name      string      `json:"name"`
	Existed   bool        `json:"existed"`
	Content   []byte      `json:"content"`
	Mode      fs.FileMode `json:"mode"`
	Planned   string      `json:"planned"`   // the checksum of the planned content
	Generated bool        `json:"generated"` // written by a step, so its content is not known
}

// gone is the checksum of a file that does not exist.
const gone = ""

func checksum(content []byte) string {
	if content == nil {
		return gone
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func (f original) checksum() string {
	if !f.Existed {
		return gone
	}
	return checksum(nonNil(f.Content))
}

// now returns the current content; nil if the file does not exist.
func (f original) now(root string) ([]byte, error) {
	content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.Name)))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	return nonNil(content), err
}

// unedited reports whether the content is the original or the planned one.
func (f original) unedited(content []byte) bool {
	sum := checksum(content)
	return sum == f.checksum() || sum == f.Planned
}

func (f original) restore(root string) error {
	if !f.Existed {
		return removeFile(root, f.Name)
	}
	return writeFile(root, f.Name, f.Content, f.Mode)
}

// openJournal locks the tree and saves its files. It fails if a killed run has left
// a journal: call Recover first.
func (t *Tree) openJournal() (*journal, error) {
	lock, err := lockTree(t.root)
	if err != nil {
		return nil, err
	}
	if hasJournal(t.root) {
		_ = lock.Close()
		return nil, errors.New("another run was interrupted in the meantime: run this command again")
	}
	j := &journal{root: t.root, lock: lock, files: t.originals()}
	if err := j.write(); err != nil {
		_ = lock.Close()
		return nil, err
	}
	return j, nil
}

// originals returns the files that Apply may change.
func (t *Tree) originals() []original {
	var files []original
	for _, name := range t.sorted() {
		f := t.planned[name]
		same := (f.before == nil) == (f.after == nil) && bytes.Equal(f.before, f.after)
		if same && !f.generated {
			continue
		}
		files = append(files, original{
			Name: name, Existed: f.before != nil, Content: f.before, Mode: f.mode,
			Planned: checksum(f.after), Generated: f.generated,
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
		return fmt.Errorf("save the files before changing them: %w", err)
	}
	return nil
}

// restore restores all files but those that were edited since.
func (j *journal) restore() error {
	var edited []original
	var failed error
	for _, f := range j.files {
		content, err := f.now(j.root)
		switch {
		case err != nil:
			failed = errors.Join(failed, err)
		case f.Generated || f.unedited(content):
			failed = errors.Join(failed, f.restore(j.root))
		default:
			edited = append(edited, f)
		}
	}
	switch {
	case failed != nil:
		_ = j.lock.Close()
		return fmt.Errorf("%w: the next run tries again: %w", ErrNotRestored, failed)
	case len(edited) > 0:
		return j.leave(edited)
	default:
		return j.close()
	}
}

// leave keeps only the edited files in the journal: the others are restored, and
// may change again.
func (j *journal) leave(edited []original) error {
	j.files = edited
	if err := errors.Join(j.write(), j.lock.Close()); err != nil {
		return fmt.Errorf("%w: %w", ErrNotRestored, err)
	}
	var names []string
	for _, f := range edited {
		names = append(names, f.Name)
	}
	return fmt.Errorf("%w: these files were edited since: %s; remove the generated parts (see git diff), then delete %s",
		ErrNotRestored, strings.Join(names, ", "), undoFile)
}

// keepGenerated copies generated files before they are replaced, because they may
// have been edited.
func (j *journal) keepGenerated() error {
	for _, f := range j.files {
		content, err := f.now(j.root)
		if err != nil {
			return err
		}
		if !f.Generated || content == nil || f.unedited(content) {
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

// Recover undoes a run that was killed, and reports whether there was one. Copies
// of the generated files that it replaces are in .data/gen/replaced. It fails if
// another generator is running, and with ErrNotRestored if files were edited since:
// these keep their content, and it fails until .data/gen/undo.json is deleted.
func Recover(root string) (bool, error) {
	j, err := readJournal(root)
	if err != nil || j == nil {
		return false, err
	}
	if err := j.keepGenerated(); err != nil {
		return false, errors.Join(fmt.Errorf("copy generated files: %w", err), j.lock.Close())
	}
	return true, j.restore()
}

// Interrupted reports whether Recover would undo a run. It fails if another
// generator is running.
func Interrupted(root string) (bool, error) {
	j, err := readJournal(root)
	if err != nil || j == nil {
		return false, err
	}
	return true, j.lock.Close()
}

// readJournal returns the journal of an interrupted run; nil if there is none. It
// reads it under the lock, because a running generator has a journal, too.
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
		return nil, errors.Join(fmt.Errorf("read the journal of an interrupted run in %s: %w", undoFile, err), lock.Close())
	}
	return j, nil
}

func hasJournal(root string) bool {
	_, err := os.Lstat(filepath.Join(root, undoFile))
	return err == nil
}

// treeLock is held by the running generator.
type treeLock struct{ file *os.File }

// Close releases the lock. Closing the file is not enough: a program that was just
// started still has it open.
func (l treeLock) Close() error {
	return errors.Join(syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN), l.file.Close())
}

func lockTree(root string) (*treeLock, error) {
	at := filepath.Join(root, folder)
	if err := os.MkdirAll(at, 0o755); err != nil {
		return nil, fmt.Errorf("create the folder for the journal: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(at, "lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock the tree: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.New("another generator is running in this checkout: wait until it has finished")
		}
		return nil, fmt.Errorf("lock the tree: %w", err)
	}
	return &treeLock{file}, nil
}
