package main

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/misuse"
	"example.com/pergola/cmd/gen/internal/source"
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

// undoFeature takes a feature away that this generator made.
func undoFeature(_ context.Context, c *call) error {
	feature := c.args[0]
	r, made, err := readRecord(c.tree, feature)
	if err != nil {
		return err
	}
	files, err := c.tree.List("features/" + feature)
	if err != nil || len(files) == 0 {
		return err
	}
	if !made {
		return misuse.New("the feature %s was not made by this generator: it is not for it to take away", feature)
	}
	if theirs := notMade(c, r, files); len(theirs) > 0 {
		return &leftError{theirs}
	}
	if needed, err := whoNeeds(c, feature); err != nil || len(needed) > 0 {
		return anyNeed(feature, needed, err)
	}
	for _, file := range slices.Concat(files, migrationsOf(r)) {
		if c.tree.Exists(file) {
			if err := c.tree.Remove(file); err != nil {
				return err
			}
		}
	}
	c.note("A database that has its migration keeps the table: drop it there, or ./task db:reset.")
	if err := disassemble(c, feature); err != nil {
		return err
	}
	return setArrows(c, func(table map[string][]string) { table[feature] = nil }, feature)
}

func anyNeed(feature string, needed []string, err error) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%s is needed by %s: take that out first", feature, strings.Join(needed, ", "))
}

// notMade are the files of a feature that somebody has edited or added.
func notMade(c *call, r record, files []string) []string {
	var theirs []string
	for _, file := range slices.Concat(files, migrationsOf(r)) {
		if file == path.Dir(files[0])+"/"+path.Base(recordFile("x")) || strings.HasSuffix(file, "_templ.go") {
			continue
		}
		content, err := c.tree.Read(file)
		if err == nil && r.Files[file] != fingerprint(content) {
			theirs = append(theirs, file)
		}
	}
	return theirs
}

func migrationsOf(r record) []string {
	var files []string
	for file := range r.Files {
		if strings.HasPrefix(file, "migrations/") {
			files = append(files, file)
		}
	}
	return files
}

// whoNeeds are the files outside of a feature that use it by name.
func whoNeeds(c *call, feature string) ([]string, error) {
	folders, err := c.tree.Folders("features")
	if err != nil {
		return nil, err
	}
	var needed []string
	for _, folder := range folders {
		if folder == feature {
			continue
		}
		files, err := importers(c, "features/"+folder, feature)
		if err != nil {
			return nil, err
		}
		needed = append(needed, files...)
	}
	files, err := importers(c, "cmd/web", feature)
	for _, file := range files {
		if file != assemblyFile && file != wiring {
			needed = append(needed, file)
		}
	}
	return needed, err
}

// disassemble takes the feature out of cmd/web/features.go.
func disassemble(c *call, feature string) error {
	module, err := modulePath(c)
	if err != nil {
		return err
	}
	return change(c.tree, assemblyFile, func(text []byte) ([]byte, error) {
		for _, line := range assembly(feature) {
			left, ok := anchors.Remove(text, line.text)
			if !ok {
				return nil, fmt.Errorf("the line `%s` does not stand there once as it was written: take the feature out by hand", line.text)
			}
			text = left
		}
		return source.DropImport(text, module, module+"/features/"+feature)
	})
}
