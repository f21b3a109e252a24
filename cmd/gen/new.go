package main

import (
	"context"
	"flag"
	"fmt"
	"regexp"
	"strings"

	"example.com/pergola/cmd/gen/internal/newproject"
	"example.com/pergola/cmd/gen/internal/tree"
)

// newCommand is the only command that projects don't have; package newproject
// removes it.
func newCommand() command {
	return command{
		name:    "new",
		args:    "<folder>",
		summary: "create a project with a name of its own from this template",
		help: `Copies the files that git tracks in the template to a new folder and renames
module path, application, database, cookie and titles. Benchmarks, the
generator's own tests and the decision records are not copied. The project is
built once and committed on the branches main and template.

  ./task gen -- new ../shop --module example.com/shop
  ./task gen -- new ../shop --module example.com/shop --title "Corner Shop"
  ./task gen -- new ../shop --module example.com/shop --minimal

--minimal keeps accounts, authentication and the pages around them: no realtime, events or jobs,
and no example features. ` + "`core-package`" + ` adds a package later.`,
		flags: func(set *flag.FlagSet) {
			set.String("module", "", "the module path, such as example.com/shop; its last word names the project")
			set.String("title", "", "the name of the site; derived from the module path by default")
			set.Bool("minimal", false, "only the HTTP application with accounts and authentication")
			set.Bool("slim", false, "short for --minimal")
		},
		run: func(ctx context.Context, c *call) error {
			o := newproject.Options{Template: c.tree.Root(), Folder: c.args[0], Module: c.flag("module"), Title: c.flag("title"), Minimal: c.isSet("minimal") || c.isSet("slim")}
			created := tree.Change{Kind: tree.Created, File: c.args[0]}
			if c.dryRun {
				if err := newproject.Check(o); err != nil {
					return err
				}
				c.files = append(c.files, created)
				return nil
			}
			if err := newproject.Create(ctx, o, c.out); err != nil {
				return err
			}
			c.files = append(c.files, created)
			c.note(fmt.Sprintf("Next: cd %s && ./task dev", shellQuote(c.args[0])))
			c.note("Then choose a license, edit README.md, and run `./task screenshots` for the link preview.")
			return nil
		},
	}
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./~+:@%][A-Za-z0-9_./~+:@%-]*$`)

// shellQuote quotes a word for a POSIX shell, if necessary.
func shellQuote(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
