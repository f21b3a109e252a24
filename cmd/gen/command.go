package main

import (
	"context"
	"flag"
	"io"

	"example.com/pergola/cmd/gen/internal/tree"
)

// command is one thing that the generator can do.
type command struct {
	name    string // as it is typed: "realtime channel"
	args    string // "<feature> <name> <scope>"
	summary string // one line, for the list of all
	help    string // what it makes, what the words mean, examples

	// flags adds the command's own flags.
	flags func(*flag.FlagSet)

	// plan says in the tree what is to change; it writes nothing itself. It
	// fails with a misuse if it was asked for wrongly.
	plan func(ctx context.Context, c *call) error

	// undo plans that what the command made is gone; undoArgs are its arguments
	// where they differ from args.
	undo     func(ctx context.Context, c *call) error
	undoArgs string

	// run is for a command that works outside of this tree: instead of plan.
	run func(ctx context.Context, c *call) error
}

// call is one use of a command.
type call struct {
	args   []string
	tree   *tree.Tree
	dryRun bool
	out    io.Writer // for what a run has to say beside its notes
	set    *flag.FlagSet

	// steps run once the plan is carried out, before what is generated is made
	// anew.
	steps []tree.Step

	// late steps run after that.
	late []tree.Step

	// notes are what a person should know or do: a sentence each.
	notes []string

	// files are those made by a run, which has no plan to read them from.
	files []tree.Change
}

// flag is the value of one of the command's flags; "" for one that was not
// given.
func (c *call) flag(name string) string {
	if f := c.set.Lookup(name); f != nil {
		return f.Value.String()
	}
	return ""
}

// isSet reports whether a flag that takes no value was given.
func (c *call) isSet(name string) bool { return c.flag(name) == "true" }

// note adds a sentence to what is said at the end.
func (c *call) note(sentence string) { c.notes = append(c.notes, sentence) }

// commands is everything that the generator can do, in the order of the help.
func commands() menu {
	return menu{
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
		newCommand(),
	}
}
