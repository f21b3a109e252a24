package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/misuse"
	"example.com/pergola/cmd/gen/internal/tree"
)

// generator runs commands for somebody at a terminal.
type generator struct {
	commands       menu
	stdout, stderr io.Writer
	folder         string // where it was called, somewhere in the project
}

// run carries out what the arguments say and returns the exit code.
func (g generator) run(ctx context.Context, args []string) int {
	report := report{command: strings.Join(args, " "), json: slices.Contains(args, "--json")}
	err := g.carryOut(ctx, args, &report)
	return report.print(g.stdout, g.stderr, err)
}

func (g generator) carryOut(ctx context.Context, args []string, report *report) error {
	if wantsHelp(args) {
		text, err := g.commands.help(args)
		report.text = text
		return err
	}
	cmd, rest, err := g.commands.find(args)
	if err == nil && cmd.name == destroy {
		cmd, rest, err = g.commands.destroyer(rest)
	}
	if err != nil {
		return err
	}
	c, err := readCall(cmd, rest)
	if err != nil {
		return err
	}
	root, err := projectRoot(g.folder)
	if err != nil {
		return err
	}
	report.dryRun = c.dryRun
	if err := recoverFirst(root, report); err != nil {
		return err
	}
	c.tree, c.out = tree.Open(root), g.stdout
	return g.do(ctx, cmd, c, report)
}

// recoverFirst takes back what an earlier run has begun and not finished. A dry
// run changes nothing, and so cannot go on from there.
func recoverFirst(root string, report *report) error {
	if report.dryRun {
		interrupted, err := tree.Interrupted(root)
		if err == nil && interrupted {
			err = errors.New("an earlier run was interrupted: the next one without --dry-run takes back what it had begun; until then nobody can say what would change")
		}
		return err
	}
	recovered, err := tree.Recover(root)
	if err == nil && recovered {
		report.notes = append(report.notes, "An earlier run was interrupted; what it had begun was taken back first. Generated files that this replaced are kept in .data/gen/replaced.")
	}
	return err
}

func (g generator) do(ctx context.Context, cmd command, c *call, report *report) error {
	if cmd.run != nil {
		err := cmd.run(ctx, c)
		report.add(c, c.files)
		return err
	}
	if err := cmd.plan(ctx, c); err != nil {
		return err
	}
	if !c.dryRun {
		err := c.apply(ctx)
		if errors.Is(err, tree.ErrNotPutBack) {
			return err
		}
		if err != nil {
			return fmt.Errorf("%w\nnothing was changed", err)
		}
	}
	report.add(c, c.tree.Changes())
	return nil
}

// readCall reads flags and arguments in any order.
func readCall(cmd command, args []string) (*call, error) {
	c := &call{set: flag.NewFlagSet(cmd.name, flag.ContinueOnError)}
	c.set.SetOutput(io.Discard)
	c.set.Bool("json", false, "print what was done as JSON")
	c.set.BoolVar(&c.dryRun, "dry-run", false, "say what would change, and change nothing")
	if cmd.flags != nil {
		cmd.flags(c.set)
	}
	for rest := args; len(rest) > 0; {
		if err := c.set.Parse(rest); err != nil {
			return nil, misuse.New("%s: %v; `./task gen -- %s --help` shows its flags", cmd.name, err, cmd.name)
		}
		if rest = c.set.Args(); len(rest) > 0 {
			c.args, rest = append(c.args, rest[0]), rest[1:]
		}
	}
	if want := strings.Count(cmd.args, "<"); len(c.args) != want {
		return nil, misuse.New("%s takes %s: `./task gen -- %s --help` shows examples", cmd.name, argumentCount(want, cmd.args), cmd.name)
	}
	return c, nil
}

func argumentCount(n int, args string) string {
	if n == 0 {
		return "no arguments"
	}
	return args
}

// projectRoot is the folder with go.mod at or above this one.
func projectRoot(folder string) (string, error) {
	at, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at, nil
		}
		above := filepath.Dir(at)
		if above == at {
			return "", errors.New("there is no go.mod here or above: run it inside of the project")
		}
		at = above
	}
}
