// Gen writes code: `./task gen -- …` calls it.
//
//	./task gen -- --help                          what it can make
//	./task gen -- feature --help                  how, with examples
//	./task gen -- feature bookmarks --dry-run     what would change
//
// What it writes looks as if it had been written by hand, compiles, and passes
// tests of its own at once; what is generated from it (templ, wire, the types
// of channels) is brought up to date in the same step. The whole step happens
// or nothing does.
//
// Running a command twice changes nothing. A file that somebody has edited is
// never overwritten. `destroy` takes back what a command made.
//
// It ends with 0 if all is as it should be, with 2 if it was asked for
// something that cannot be, and with 1 if something else is in the way: both
// say in one line what to do.
//
// The templates stand in templates/, in a tree that mirrors what is made of
// them. Where code is inserted into files that exist, an anchor marks the place
// (package anchors) or the syntax tree says it (package source).
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := generator{commands: commands(), stdout: os.Stdout, stderr: os.Stderr, folder: "."}.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
