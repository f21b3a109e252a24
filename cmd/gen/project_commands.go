package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"example.com/pergola/cmd/gen/internal/project"
)

func corePackageCommand() command {
	return command{
		name:    "core-package",
		args:    "<package>",
		summary: "restore " + project.CorePackages() + " in a project without it",
		help: `
Restores a core package that a project was created without, or that was
destroyed: with its migrations, wiring, browser code, tests and documentation.
Features of the template that were removed with it come back as soon as all
packages that they import are there. A feature that you destroyed stays gone.

  ./task gen -- core-package events
  ./task gen -- core-package jobs
  ./task gen -- core-package realtime

Your own changes are merged. If a file cannot be merged, it is named and nothing
changes.`,
		plan: func(ctx context.Context, c *call) error {
			files, err := project.Present(ctx, c.tree.Root())
			if err != nil {
				return err
			}
			with, restored, err := files.WithCore(ctx, c.args[0])
			if err != nil || with == nil {
				return err
			}
			if len(restored) > 0 {
				c.note(fmt.Sprintf("Features that need core/%s were restored: %s.", c.args[0], strings.Join(restored, ", ")))
			}
			c.note("The next ./task dev runs the new migrations, or run `web migrate`.")
			return c.planChange(files, with)
		},
	}
}

func destroyCorePackageCommand() command {
	return command{
		name:    "destroy core-package",
		args:    "<package>",
		summary: "remove " + project.CorePackages() + " and the features that import it",
		help: `
Removes a core package, and the features of the template that import it or that
import such a feature. It names them; --dry-run shows what would be removed. If
your own features need the package, they are named and nothing changes; --force
removes them, too.

  ./task gen -- destroy core-package jobs
  ./task gen -- destroy core-package jobs --force

core-package restores the package and the template's features. Files that were
edited are removed only if git can restore them: commit them first, or at least
git add them. Tables stay in databases that have them.`,
		flags: func(set *flag.FlagSet) {
			set.Bool("force", false, "also remove your own features that need the package")
		},
		plan: func(ctx context.Context, c *call) error {
			files, err := project.Present(ctx, c.tree.Root())
			if err != nil {
				return err
			}
			left, removed, err := files.WithoutCore(c.args[0], c.isSet("force"))
			if err != nil {
				return err
			}
			if err := checkCommitted(ctx, c, files, left); err != nil {
				return err
			}
			if len(removed) > 0 {
				c.note(fmt.Sprintf("Features that need core/%s were removed: %s.", c.args[0], strings.Join(removed, ", ")))
			}
			return c.planChange(files, left)
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
If other features import it, they are named and nothing changes; --with-handlers
removes their handlers of its events.

  ./task gen -- destroy feature bookmarks
  ./task gen -- destroy feature blog --with-handlers

A generated feature with edited files is removed only with --edited. A
hand-written one is removed only if git can restore it: commit it first, or at
least git add it. Tables stay in databases that have them.`,
		flags: func(set *flag.FlagSet) {
			set.Bool("with-handlers", false, "remove the handlers of its events in other features")
			set.Bool("edited", false, "remove a generated feature even if it was edited")
		},
		plan: func(ctx context.Context, c *call) error {
			if err := checkUnedited(c); err != nil {
				return err
			}
			files, err := project.Present(ctx, c.tree.Root())
			if err != nil {
				return err
			}
			left, err := files.WithoutFeature(c.args[0], c.isSet("with-handlers"))
			if err != nil {
				return err
			}
			if err := checkCommitted(ctx, c, files, left); err != nil {
				return err
			}
			if len(files.Migrations(c.args[0])) > 0 {
				c.note(fmt.Sprintf("Tables named %s_… stay in databases that have them. `./task db:reset` recreates the development database.", c.args[0]))
			}
			return c.planChange(files, left)
		},
	}
}

// planChange plans the changes between two states of the project, and an update of
// go.mod.
func (c *call) planChange(before, after project.Files) error {
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
