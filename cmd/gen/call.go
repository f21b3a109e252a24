package main

import (
	"flag"
	"io"
	"strings"

	"example.com/pergola/cmd/gen/internal/tree"
	"example.com/pergola/cmd/gen/internal/usage"
)

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

// parseCall parses flags and arguments in any order. It fails with a usage error.
func parseCall(cmd command, args []string) (*call, error) {
	c := &call{}
	c.set = c.flags(cmd)
	for rest := args; len(rest) > 0; {
		if err := c.set.Parse(rest); err != nil {
			return nil, usage.Errorf("%s: %v: see `./task gen -- %s --help`", cmd.name, err, cmd.name)
		}
		if rest = c.set.Args(); len(rest) > 0 {
			c.args, rest = append(c.args, rest[0]), rest[1:]
		}
	}
	if want := strings.Count(cmd.args, "<"); len(c.args) != want {
		return nil, usage.Errorf("%s takes %s: see `./task gen -- %s --help`", cmd.name, argumentCount(want, cmd.args), cmd.name)
	}
	return c, nil
}

// flags returns the flags of all commands and of this one.
func (c *call) flags(cmd command) *flag.FlagSet {
	set := flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Bool("json", false, "print the result as JSON")
	set.BoolVar(&c.dryRun, "dry-run", false, "show what would change, without changing it")
	if cmd.flags != nil {
		cmd.flags(set)
	}
	return set
}

func argumentCount(n int, args string) string {
	if n == 0 {
		return "no arguments"
	}
	return args
}
