package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"example.com/pergola/cmd/gen/internal/parts"
)

func corePackageCommand() command {
	return command{
		name:    "core-package",
		args:    "<package>",
		summary: "add " + parts.CorePackages() + " to a slim project",
		help: `
Adds a core package to a project that was created with --slim, with its
migrations, wiring, browser code, tests and documentation. Add packages in any
order; the bridge from events to channels comes with the second of the two.

  ./task gen -- core-package events
  ./task gen -- core-package jobs
  ./task gen -- core-package realtime

Your own changes are merged. If a file cannot be merged, it is named and nothing
changes.`,
		plan: func(ctx context.Context, c *call) error {
			files, err := parts.Present(ctx, c.tree.Root())
			if err != nil {
				return err
			}
			whole, err := files.WithCore(ctx, c.args[0])
			if err != nil || whole == nil {
				return err
			}
			c.note("The next ./task dev runs the new migrations, or run `web migrate`.")
			return c.become(files, whole)
		},
	}
}

func destroyFeatureCommand() command {
	return command{
		name:    "destroy feature",
		args:    "<feature>",
		summary: "remove a feature",
		help: `
Removes a feature: its folder, its migrations and its lines in the application.
It fails if other features handle its events, and names them; --with-listeners
removes those handlers.

  ./task gen -- destroy feature bookmarks
  ./task gen -- destroy feature blog --with-listeners

A generated feature with edited files is removed only with --edited. A
hand-written one is removed only if git can restore it: commit it first, or at
least git add it. Tables stay in databases that have them.`,
		flags: func(set *flag.FlagSet) {
			set.Bool("with-listeners", false, "remove the handlers of its events in other features")
			set.Bool("edited", false, "remove a generated feature even if it was edited")
		},
		plan: func(ctx context.Context, c *call) error {
			if err := checkUnedited(c); err != nil {
				return err
			}
			files, err := parts.Present(ctx, c.tree.Root())
			if err != nil {
				return err
			}
			left, err := files.WithoutFeature(c.args[0], c.isSet("with-listeners"))
			if err != nil {
				return err
			}
			if err := checkCommitted(ctx, c, files, left); err != nil {
				return err
			}
			if len(files.Migrations(c.args[0])) > 0 {
				c.note(fmt.Sprintf("Tables named %s_… stay in databases that have them. `./task db:reset` recreates the development database.", c.args[0]))
			}
			return c.become(files, left)
		},
	}
}

// become plans the changes between two states of the project, and an update of
// go.mod.
func (c *call) become(before, after parts.Files) error {
	for name, file := range after {
		was, exists := before[name]
		if exists && string(was.Content) == string(file.Content) {
			continue
		}
		if err := c.tree.Write(name, file.Content); err != nil {
			return err
		}
	}
	for name := range before {
		if _, stays := after[name]; !stays {
			if err := c.tree.Remove(name); err != nil {
				return err
			}
		}
	}
	if err := c.tree.Generates("go.mod", "go.sum"); err != nil {
		return err
	}
	c.steps = append(c.steps, c.tidy)
	return nil
}

// tidy updates go.mod. It removes wire_gen.go first, which still imports removed
// packages; wire generates it again.
func (c *call) tidy(ctx context.Context) error {
	root := c.tree.Root()
	if err := os.Remove(filepath.Join(root, filepath.FromSlash(wiring))); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return runTool(ctx, root, "go", "mod", "tidy")
}
