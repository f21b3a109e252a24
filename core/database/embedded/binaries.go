package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const oldestMajor = 15

// binaries are the programs of one installation.
type binaries struct {
	dir   string
	major int
}

func (b binaries) program(name string) string { return filepath.Join(b.dir, name) }

// commonDirs returns patterns of the directories in which systems and installers
// put the programs. Both initdb and postgres must be present.
func commonDirs() []string {
	dirs := []string{
		"/usr/lib/postgresql/*/bin",                       // Debian, Ubuntu
		"/usr/pgsql-*/bin",                                // the PostgreSQL project's packages for Red Hat and Fedora
		"/usr/libexec/postgresql*",                        // Alpine
		"/opt/homebrew/opt/postgresql@*/bin",              // Homebrew on Apple silicon
		"/usr/local/opt/postgresql@*/bin",                 // Homebrew on Intel
		"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin", // Homebrew on Linux
		"/Applications/Postgres.app/Contents/Versions/*/bin",
		"/Library/PostgreSQL/*/bin",      // the installer for macOS
		"/opt/local/lib/postgresql*/bin", // MacPorts
		"/usr/local/pgsql/bin",           // built from source
		"/usr/bin",                       // Fedora, Arch
	}
	if control, err := exec.LookPath("pg_ctl"); err == nil {
		if control, err = filepath.EvalSymlinks(control); err == nil {
			dirs = append(dirs, filepath.Dir(control))
		}
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	return dirs
}

// choose finds the programs to run, in the order described in the package
// comment.
func choose(ctx context.Context, opts Options) (binaries, error) {
	chosen, err := chooseAny(ctx, opts)
	if err != nil {
		return binaries{}, err
	}
	return chosen, opts.mayUse(chosen.major)
}

// mayUse returns an *OrphanedDataError if this version would leave data behind.
func (o Options) mayUse(major int) error {
	existing, err := majors(o.Dir)
	if err != nil || o.Disposable || len(existing) == 0 || slices.Contains(existing, major) {
		return err
	}
	return &OrphanedDataError{Data: dataDir(o.Dir, existing[0]), Major: existing[0], Chosen: major}
}

// chooseAny prefers programs for which data exists.
func chooseAny(ctx context.Context, opts Options) (binaries, error) {
	if opts.Binaries != "" {
		found, err := inspect(opts.Binaries)
		if err != nil {
			return binaries{}, fmt.Errorf("PG_BIN is %s: %w", opts.Binaries, err)
		}
		return found, nil
	}
	found := installed(opts.searchDirs())
	if fetched, ok := fetchedBefore(opts.NPMDir); ok {
		found = append(found, fetched)
	}
	for _, candidate := range found {
		if hasData(dataDir(opts.Dir, candidate.major)) {
			return candidate, nil
		}
	}
	if len(found) > 0 {
		return found[0], nil
	}
	if err := opts.mayUse(npmMajor()); err != nil {
		return binaries{}, err
	}
	fetched, err := fetch(ctx, opts)
	if err != nil {
		return binaries{}, &NotFoundError{cause: err}
	}
	return fetched, nil
}

// installed returns the installations in directories that match the patterns, newest first.
func installed(patterns []string) []binaries {
	var found []binaries
	for _, pattern := range patterns {
		dirs, err := filepath.Glob(pattern)
		if err != nil {
			continue
		}
		for _, dir := range dirs {
			if candidate, err := inspect(dir); err == nil {
				found = append(found, candidate)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b binaries) int { return b.major - a.major })
	return found
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// inspect checks that the directory holds a usable installation.
func inspect(dir string) (binaries, error) {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := os.Stat(filepath.Join(dir, name)); errors.Is(err, fs.ErrNotExist) {
			return binaries{}, fmt.Errorf("it contains no %s", name)
		} else if err != nil {
			return binaries{}, err
		}
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").CombinedOutput()
	if err != nil {
		return binaries{}, fmt.Errorf("its postgres does not run: %w: %s", err, strings.TrimSpace(string(out)))
	}
	match := versionPattern.FindSubmatch(out)
	if match == nil {
		return binaries{}, fmt.Errorf("its postgres prints no version: %s", strings.TrimSpace(string(out)))
	}
	major, err := strconv.Atoi(string(match[1]))
	if err != nil {
		return binaries{}, err
	}
	if major < oldestMajor {
		return binaries{}, fmt.Errorf("it contains PostgreSQL %d; %d or newer is required", major, oldestMajor)
	}
	return binaries{dir: dir, major: major}, nil
}

// OrphanedDataError is the error of Start if there is data, but only of versions
// of PostgreSQL that are not installed.
type OrphanedDataError struct {
	Data   string // the directory
	Major  int    // its version
	Chosen int    // the version that would start
}

func (e *OrphanedDataError) Error() string {
	return fmt.Sprintf("%s is the data of PostgreSQL %d, which is no longer installed, and PostgreSQL %d cannot read it: install PostgreSQL %[2]d, or set PG_BIN to the directory of its programs, or move the data away to start with an empty database",
		e.Data, e.Major, e.Chosen)
}

// NotFoundError is the error of Start on a machine where no server was found and
// none could be fetched. Its text lists what the developer can do.
type NotFoundError struct{ cause error }

func (e *NotFoundError) Error() string {
	return fmt.Sprintf(`no PostgreSQL %d or newer was found, and none could be fetched: %v.

Install one:
  Debian, Ubuntu    sudo apt-get install postgresql
  Fedora, Red Hat   sudo dnf install postgresql-server
  Alpine            sudo apk add postgresql
  Arch              sudo pacman -S postgresql
  macOS             brew install postgresql@18
or install Node.js with npm, which is used to download PostgreSQL,
or set PG_BIN to the directory of initdb and postgres,
or set DATABASE_URL to an existing database (postgres://user:password@host/name)`, oldestMajor, e.cause)
}

// Unwrap returns why no server could be fetched.
func (e *NotFoundError) Unwrap() error { return e.cause }
