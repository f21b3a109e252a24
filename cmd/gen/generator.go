package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/tree"
)

// generator runs commands from the command line.
type generator struct {
	commands       commandList
	stdout, stderr io.Writer
	folder         string // the working directory, anywhere in the project
}

// run runs the command in the arguments and returns the exit code.
func (g generator) run(ctx context.Context, args []string) int {
	report := report{command: strings.Join(args, " "), json: slices.Contains(args, "--json")}
	err := g.dispatch(ctx, args, &report)
	return report.print(g.stdout, g.stderr, err)
}

func (g generator) dispatch(ctx context.Context, args []string, report *report) error {
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
	c, err := parseCall(cmd, rest)
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
	return g.execute(ctx, cmd, c, report)
}

// recoverFirst undoes an earlier run that was killed. A dry run changes nothing,
// so it fails instead.
func recoverFirst(root string, report *report) error {
	if report.dryRun {
		interrupted, err := tree.Interrupted(root)
		if err == nil && interrupted {
			err = errors.New("an earlier run was interrupted: run a command without --dry-run, which undoes it first")
		}
		return err
	}
	recovered, err := tree.Recover(root)
	if err == nil && recovered {
		report.notes = append(report.notes, "An earlier run was interrupted and has been undone. Generated files that this replaced are in .data/gen/replaced.")
	}
	return err
}

func (g generator) execute(ctx context.Context, cmd command, c *call, report *report) error {
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
		if errors.Is(err, tree.ErrNotRestored) {
			return err
		}
		if err != nil {
			return fmt.Errorf("%w\nnothing was changed", err)
		}
	}
	report.add(c, c.tree.Changes())
	return nil
}

// projectRoot returns the closest folder with a go.mod, from this one upwards.
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
			return "", errors.New("no go.mod in this directory or above: run it inside a project")
		}
		at = above
	}
}
