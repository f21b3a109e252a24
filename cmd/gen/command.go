package main

import (
	"context"
	"flag"
)

// command is one of the generator's commands.
type command struct {
	name    string // as it is typed: "realtime channel"
	args    string // "<feature> <name> <scope>"
	summary string // one line, for the list of commands
	help    string // an explanation, with examples

	// flags adds the command's own flags.
	flags func(*flag.FlagSet)

	// plan plans the changes in the call's tree, and writes nothing. It fails
	// with a usage error if the arguments are wrong.
	plan func(ctx context.Context, c *call) error

	// undo plans to remove what the command added; nil if it can't be undone.
	// undoArgs replaces args if it takes others.
	undo     func(ctx context.Context, c *call) error
	undoArgs string

	// run replaces plan in a command that works outside of this tree.
	run func(ctx context.Context, c *call) error
}
