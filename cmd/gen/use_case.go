package main

import (
	"context"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/names"
)

func useCaseCommand() command {
	return command{
		name:    "use-case",
		args:    "<feature> <name>",
		summary: "a use case",
		help: `
Adds a use case in a file of its own (its type, input and constructor), a field
of Feature, a provider for wire, and a test. It checks that someone is signed in
and runs in a transaction; you write what it does.

  ./task gen -- use-case blog archive-article

A handler calls f.ArchiveArticle(ctx, ArchiveArticleInput{…}). If it needs more (a
store, an outbox, a clock), add arguments to the constructor and run
./task generate: wire provides them.`,
		plan: func(_ context.Context, c *call) error { return add(c, useCaseAddition) },
		undo: func(_ context.Context, c *call) error { return remove(c, useCaseAddition) },
	}
}

func useCaseAddition(c *call) (addition, error) {
	t, err := findTarget(c, c.args[0])
	if err != nil {
		return addition{}, err
	}
	name, err := parseName("the name of a use case", c.args[1])
	if err != nil {
		return addition{}, err
	}
	if err := names.CheckFile("the name of a use case", name.Kebab()); err != nil {
		return addition{}, err
	}
	made, err := t.render("use-case", name.Snake(), map[string]any{"Module": t.Module, "Feature": t.Feature, "Name": name})
	if err != nil {
		return addition{}, err
	}
	made.inserts = []insert{{anchors.UseCases.In(t.Feature), "New" + name.Exported() + ","}}
	made.useCases = []useCase{{t.entry(), name.Exported()}}
	declared := t.descriptors.Declared(t.Feature, "New"+name.Exported())
	return addition{
		target: t, code: made,
		declares: []string{name.Exported(), "New" + name.Exported(), name.Exported() + "Input"},
		exists:   declared != "" && declared == t.file(name.Snake()+".go"),
	}, nil
}
