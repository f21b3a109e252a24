package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// role and databaseName are the application's.
const (
	role         = "pergola"
	databaseName = "pergola"
)

func dataDir(dir string, major int) string { return filepath.Join(dir, strconv.Itoa(major)) }

// hasData reports whether initdb has prepared the directory. It is renamed into
// place when it is complete, so one file is sufficient evidence.
func hasData(data string) bool {
	_, err := os.Stat(filepath.Join(data, "PG_VERSION"))
	return err == nil
}

// majors returns the versions for which data exists, newest first.
func majors(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []int
	for _, entry := range entries {
		if major, err := strconv.Atoi(entry.Name()); err == nil && hasData(dataDir(dir, major)) {
			found = append(found, major)
		}
	}
	slices.Sort(found)
	slices.Reverse(found)
	return found, nil
}

const draftPrefix = "init-"

// removeDrafts removes what an interrupted preparation left behind. The caller
// has the lock, so the only process still writing there can be an initdb whose
// parent was killed, and it may keep writing during the removal.
func removeDrafts(ctx context.Context, dir string) error {
	drafts, err := filepath.Glob(filepath.Join(dir, draftPrefix+"*"))
	if err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	for _, draft := range drafts {
		err := poll(waiting, func() (bool, error) {
			killIn(draft, func(string) bool { return true })
			return os.RemoveAll(draft) == nil, nil
		})
		if err != nil {
			return fmt.Errorf("remove %s, left by an interrupted start: %w", draft, err)
		}
	}
	return nil
}

// prepare creates the data directory of a new server.
func prepare(ctx context.Context, opts Options, programs binaries, as *account, secret password) error {
	draft, err := os.MkdirTemp(opts.Dir, draftPrefix)
	if err != nil {
		return err
	}
	defer os.RemoveAll(draft)
	if err := as.give(draft); err != nil {
		return err
	}
	secretFile, err := writeVerifier(draft, as, secret)
	if err != nil {
		return err
	}
	prepared := filepath.Join(draft, "data")
	args := []string{"-D", prepared, "-U", role, "--auth=scram-sha-256", "--pwfile=" + secretFile,
		"--encoding=UTF8", "--locale=C", "--no-instructions"}
	if opts.Settings["fsync"] == "off" {
		args = append(args, "--no-sync")
	}
	if err := runToEnd(ctx, as.command(draft, programs.program("initdb"), args...)); err != nil {
		return fmt.Errorf("prepare a data directory: %w", err)
	}
	data := dataDir(opts.Dir, programs.major)
	if err := os.Rename(prepared, data); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s is in the way: it is not a Postgres data directory; move it elsewhere", data)
		}
		return err
	}
	return nil
}

func writeVerifier(dir string, as *account, secret password) (path string, err error) {
	verifier, err := secret.verifier()
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, "verifier")
	if err := os.WriteFile(path, []byte(verifier+"\n"), 0o600); err != nil {
		return "", err
	}
	return path, as.give(path)
}

// setPassword sets a new password on a server that is not running, because the
// file with the old one is lost.
func setPassword(ctx context.Context, data string, programs binaries, as *account, secret password) error {
	verifier, err := secret.verifier()
	if err != nil {
		return err
	}
	cmd := as.command(data, programs.program("postgres"), "--single", "-D", data, "postgres")
	cmd.Stdin = strings.NewReader(fmt.Sprintf("alter role %s password '%s';\n", quoted(role), verifier))
	if err := runToEnd(ctx, cmd); err != nil {
		return fmt.Errorf("set a new password in place of the lost one: %w", err)
	}
	return nil
}
