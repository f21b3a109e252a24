package main

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/project"
	"example.com/pergola/cmd/gen/internal/usage"
)

const destroy = "destroy"

func destroyCommand() command {
	return command{
		name:    destroy,
		args:    "…",
		summary: "undo another command, unless its files were edited",
		help: `
Removes what a command added. Repeat the command after destroy:

  ./task gen -- destroy feature bookmarks
  ./task gen -- destroy use-case blog archive-article
  ./task gen -- destroy realtime channel blog article-likes
  ./task gen -- destroy event-handler notifications blog.article.archived

Nothing changes if a file was edited, which is then named, or if the rest would
not build. Tables stay in databases that have them.`,
	}
}

// destroyer returns the command that undoes the one in the arguments.
func (l commandList) destroyer(args []string) (command, []string, error) {
	cmd, rest, err := l.find(args)
	if err != nil {
		return command{}, nil, err
	}
	if cmd.undo == nil {
		return command{}, nil, usage.Errorf("%s cannot be undone: remove it by hand, or with git", cmd.name)
	}
	undo := command{name: destroy + " " + cmd.name, args: cmd.args, flags: cmd.flags, plan: func(ctx context.Context, c *call) error {
		if err := cmd.undo(ctx, c); err != nil {
			return err
		}
		return checkRest(c)
	}}
	if cmd.undoArgs != "" {
		undo.args = cmd.undoArgs
		rest = withoutExtra(rest, strings.Count(cmd.undoArgs, "<"))
	}
	return undo, rest, nil
}

// withoutExtra drops the arguments that undo does not need.
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

// checkRest adds a step that checks that the rest still builds, tests included.
func checkRest(c *call) error {
	if len(c.tree.Changes()) == 0 {
		c.note("There is nothing to remove.")
		return nil
	}
	root := c.tree.Root()
	c.late = append(c.late, func(ctx context.Context) error { return runTool(ctx, root, "go", "vet", "./features/...", "./cmd/web") })
	return nil
}

// checkUnedited fails if the feature was generated and then edited, unless
// --edited is set.
func checkUnedited(c *call) error {
	feature := c.args[0]
	sums, generated, err := readChecksums(c.tree, feature)
	if err != nil || !generated || c.isSet("edited") {
		return err
	}
	files, err := c.tree.List("features/" + feature)
	if err != nil {
		return err
	}
	if edited := notGenerated(c, sums, files); len(edited) > 0 {
		return fmt.Errorf("%w; --edited removes them, too", &editedError{edited})
	}
	return nil
}

// checkCommitted fails if a file would be lost: neither git nor the generator
// could restore it. With --edited it accepts that for a generated feature.
func checkCommitted(ctx context.Context, c *call, before, after project.Files) error {
	sums, generated, err := readChecksums(c.tree, c.args[0])
	if err != nil || generated && c.isSet("edited") {
		return err
	}
	unsaved, err := project.Unsaved(ctx, c.tree.Root())
	if err != nil {
		return err
	}
	lost := slices.DeleteFunc(unsaved, func(name string) bool {
		file, is := before[name]
		_, stays := after[name]
		return !is || stays || project.Generated(name) || name == checksumFile(c.args[0]) || sums.Files[name] == checksum(file.Content)
	})
	if len(lost) > 0 {
		return fmt.Errorf("nothing was removed, because git could not restore these files: %s; commit them first, or at least git add them", summarize(lost))
	}
	return nil
}

// summarize names the first files and counts the rest.
func summarize(files []string) string {
	const few = 5
	if len(files) <= few {
		return strings.Join(files, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(files[:few], ", "), len(files)-few)
}

// notGenerated returns the files of a feature that were edited or added by hand.
func notGenerated(c *call, sums checksums, files []string) []string {
	for file := range sums.Files {
		if strings.HasPrefix(file, "migrations/") {
			files = append(files, file)
		}
	}
	var edited []string
	for _, file := range files {
		if path.Base(file) == path.Base(checksumFile("")) || strings.HasSuffix(file, "_templ.go") {
			continue
		}
		content, err := c.tree.Read(file)
		if err == nil && sums.Files[file] != checksum(content) {
			edited = append(edited, file)
		}
	}
	return edited
}
