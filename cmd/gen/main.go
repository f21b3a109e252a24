// Gen writes code: `./task gen -- …` runs it.
//
//	./task gen -- --help                          list the commands
//	./task gen -- feature --help                  explain one, with examples
//	./task gen -- feature bookmarks --dry-run     show what would change
//
// Generated code reads as if it were written by hand, compiles, and passes its
// own tests. Everything that is generated from it (templ, wire, the channels'
// TypeScript types) is updated in the same run. A run changes everything or
// nothing, a second run changes nothing, and edited files are never
// overwritten. `destroy` undoes a command.
//
// The exit code is 0 on success, 2 after a usage error, and 1 after any other
// error. Both errors say in one line how to fix them.
//
// Templates are in templates/, in a tree that mirrors the project. Code is
// inserted into existing files at anchors (package anchors) or where the syntax
// tree says (package source).
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

// commands returns all commands, in the order of the help.
func commands() commandList {
	return commandList{
		featureCommand(),
		useCaseCommand(),
		channelCommand(),
		channelHandlerCommand(),
		eventCommand(),
		eventHandlerCommand(),
		jobCommand(),
		bridgeCommand(),
		destroyCommand(),
		corePackageCommand(),
		destroyFeatureCommand(),
		destroyCorePackageCommand(),
		newCommand(),
	}
}
