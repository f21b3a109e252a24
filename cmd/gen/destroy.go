package main

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/misuse"
	"example.com/pergola/cmd/gen/internal/parts"
)

const destroy = "destroy"

// destroyCommand takes back what another command made.
func destroyCommand() command {
	return command{
		name:    destroy,
		args:    "…",
		summary: "take back what a command made, as long as nobody has edited it",
		help: `
Takes back what a command made. It is said as it was made:

  ./task gen -- destroy feature bookmarks
  ./task gen -- destroy use-case blog archive-article
  ./task gen -- destroy realtime channel blog article-likes
  ./task gen -- destroy event-handler notifications blog.article.archived

What somebody has edited since is theirs: then nothing changes, and it is said
which files these are. Neither does anything change if something else needs what
would be gone. A migration that has run somewhere leaves its tables there.`,
	}
}

// destroyer is the command that takes back what the named one made.
func (m menu) destroyer(args []string) (command, []string, error) {
	cmd, rest, err := m.find(args)
	if err != nil {
		return command{}, nil, err
	}
	if cmd.undo == nil {
		return command{}, nil, misuse.New("what %s makes cannot be taken back by this: remove it by hand, or ask git", cmd.name)
	}
	taker := command{name: destroy + " " + cmd.name, args: cmd.args, flags: cmd.flags, plan: func(ctx context.Context, c *call) error {
		if err := cmd.undo(ctx, c); err != nil {
			return err
		}
		return checkRest(c)
	}}
	if cmd.undoArgs != "" {
		taker.args = cmd.undoArgs
		rest = withoutExtra(rest, strings.Count(cmd.undoArgs, "<"))
	}
	return taker, rest, nil
}

// withoutExtra leaves away arguments that need not be said again.
func withoutExtra(args []string, count int) []string {
	var kept []string
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			kept = append(kept, arg)
		} else if count > 0 {
			kept, count = append(kept, arg), count-1
		}
	}
	return kept
}

// checkRest adds the step that finds what needs what is gone, tests included.
func checkRest(c *call) error {
	if len(c.tree.Changes()) == 0 {
		c.note("There is no such thing to take back.")
		return nil
	}
	root := c.tree.Root()
	c.late = append(c.late, func(ctx context.Context) error { return runTool(ctx, root, "go", "vet", "./features/...", "./cmd/web") })
	return nil
}

// refuseEdited fails if the generator made the feature and somebody has edited
// it since, unless that is to go as well.
func refuseEdited(c *call) error {
	feature := c.args[0]
	r, made, err := readRecord(c.tree, feature)
	if err != nil || !made || c.isSet("edited") {
		return err
	}
	files, err := c.tree.List("features/" + feature)
	if err != nil {
		return err
	}
	if theirs := notMade(c, r, files); len(theirs) > 0 {
		return fmt.Errorf("%w; --edited removes the feature all the same", &leftError{theirs})
	}
	return nil
}

// refuseUnsaved fails if something would go that neither git nor the generator
// could bring back, unless what was edited in a generated feature is to go.
func refuseUnsaved(ctx context.Context, c *call, before, after parts.Files) error {
	r, made, err := readRecord(c.tree, c.args[0])
	if err != nil || made && c.isSet("edited") {
		return err
	}
	unsaved, err := parts.Unsaved(ctx, c.tree.Root())
	if err != nil {
		return err
	}
	lost := slices.DeleteFunc(unsaved, func(name string) bool {
		file, is := before[name]
		_, stays := after[name]
		return !is || stays || parts.Generated(name) || name == recordFile(c.args[0]) || r.Files[name] == fingerprint(file.Content)
	})
	if len(lost) > 0 {
		return fmt.Errorf("it is left as it is, because git could not bring it back: %s; commit that first, or at least git add it", fewOf(lost))
	}
	return nil
}

// fewOf names some files and counts the rest.
func fewOf(files []string) string {
	const few = 5
	if len(files) <= few {
		return strings.Join(files, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(files[:few], ", "), len(files)-few)
}

// notMade are the files of a feature that somebody has edited or added.
func notMade(c *call, r record, files []string) []string {
	for file := range r.Files {
		if strings.HasPrefix(file, "migrations/") {
			files = append(files, file)
		}
	}
	var theirs []string
	for _, file := range files {
		if path.Base(file) == path.Base(recordFile("")) || strings.HasSuffix(file, "_templ.go") {
			continue
		}
		content, err := c.tree.Read(file)
		if err == nil && r.Files[file] != fingerprint(content) {
			theirs = append(theirs, file)
		}
	}
	return theirs
}
