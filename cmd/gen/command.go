package main

import (
	"context"
	"flag"
	"io"

	"example.com/pergola/cmd/gen/internal/tree"
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

// call is one invocation of a command.
type call struct {
	args   []string
	tree   *tree.Tree
	dryRun bool
	out    io.Writer // for the progress of run
	set    *flag.FlagSet

	// Steps run after the planned files are written: steps before generated files
	// are updated, late steps after that.
	steps []tree.Step
	late  []tree.Step

	notes []string      // sentences for the end of the output
	files []tree.Change // by run, which has no plan
}

// flag returns the value of one of the command's flags.
func (c *call) flag(name string) string {
	if f := c.set.Lookup(name); f != nil {
		return f.Value.String()
	}
	return ""
}

// isSet reports whether a boolean flag is set.
func (c *call) isSet(name string) bool { return c.flag(name) == "true" }

// note adds a sentence to the end of the output.
func (c *call) note(sentence string) { c.notes = append(c.notes, sentence) }
