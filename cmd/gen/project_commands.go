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
		summary: "bring " + parts.CorePackages() + " back into a slim project",
		help: `Brings a package of core back into a project that was made with --slim, with its
migrations, wiring, browser code, tests and documents, from what the project
itself carries. The packages need no order; the bridge from events to channels
comes with the second of events and realtime.

  ./task gen -- core-package events
  ./task gen -- core-package jobs
  ./task gen -- core-package realtime

Files that were changed meanwhile are merged. One that cannot be is named, and
then nothing is changed.`,
		plan: func(ctx context.Context, c *call) error {
			files, err := parts.Present(ctx, c.tree.Root())
			if err != nil {
				return err
			}
			whole, err := files.WithCore(ctx, c.args[0])
			if err != nil || whole == nil {
				return err
			}
			c.note("New migrations run at the next start of ./task dev, or with `web migrate`.")
			return c.become(files, whole)
		},
	}
}

func destroyFeatureCommand() command {
	return command{
		name:    "destroy feature",
		args:    "<feature>",
		summary: "remove a feature, and what others do when it speaks",
		help: `Removes a feature: its folder, its migrations, its lines in the application, and
the tests and sentences that are marked as its own. If other features listen to
it, it refuses and names them; --with-listeners takes out what they do then.

  ./task gen -- destroy feature bookmarks
  ./task gen -- destroy feature blog --with-listeners

A feature that the generator made and somebody has edited since is left as it is,
and it is said which files these are; --edited removes it all the same. One that
was written by hand goes only if git can bring it back, with --edited or without:
commit it first, or at least git add it. Tables stay in databases that have them.`,
		flags: func(set *flag.FlagSet) {
			set.Bool("with-listeners", false, "take out what other features do when this one speaks")
			set.Bool("edited", false, "remove a generated feature that was edited since, too")
		},
		plan: func(ctx context.Context, c *call) error {
			if err := refuseEdited(c); err != nil {
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
			if err := refuseUnsaved(ctx, c, files, left); err != nil {
				return err
			}
			if len(files.Migrations(c.args[0])) > 0 {
				c.note(fmt.Sprintf("Tables named %s_… stay in databases that have them; `./task db:reset` empties the one of development.", c.args[0]))
			}
			return c.become(files, left)
		},
	}
}

// become plans the difference between two states of the project, and to bring
// go.mod up to date.
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

// tidy brings go.mod up to date. What wire has written for the former project
// would hold on to what is gone, so it goes first; wire writes it anew.
func (c *call) tidy(ctx context.Context) error {
	root := c.tree.Root()
	if err := os.Remove(filepath.Join(root, filepath.FromSlash(wiring))); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return runTool(ctx, root, "go", "mod", "tidy")
}
