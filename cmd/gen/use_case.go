package main

import (
	"context"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/names"
)

// useCaseCommand adds a use case to a feature.
func useCaseCommand() command {
	return command{
		name:    "use-case",
		args:    "<feature> <name>",
		summary: "something that people or other features can ask for",
		help: `
Adds a use case: its type with its promise, its input and its constructor in a
file of its own, a field in Deps, a provider for wire, and a test. It asks who is
there and runs in a transaction; what it does is written by hand.

  ./task gen -- use-case blog archive-article

A handler calls it as f.deps.ArchiveArticle(ctx, ArchiveArticleInput{…}). What the
constructor needs (storage, an outbox, a clock) is added to its arguments; wire
finds it: ./task generate.`,
		plan: func(_ context.Context, c *call) error { return addPiece(c, findUseCase) },
		undo: func(_ context.Context, c *call) error { return removePiece(c, findUseCase) },
	}
}

func findUseCase(c *call) (found, error) {
	p, err := findPlace(c, c.args[0])
	if err != nil {
		return found{}, err
	}
	name, err := namedIn("the name of a use case", c.args[1])
	if err != nil {
		return found{}, err
	}
	if err := names.CheckFile("the name of a use case", name.Kebab()); err != nil {
		return found{}, err
	}
	made, err := p.piece("use-case", name.Snake(), map[string]any{"Module": p.Module, "Feature": p.Feature, "Name": name})
	if err != nil {
		return found{}, err
	}
	made.inserts = []insert{{anchors.UseCases.In(p.Feature), "New" + name.Exported() + ","}}
	made.useCases = []useCase{{p.front(), name.Exported()}}
	declared := p.inv.Declared(p.Feature, "New"+name.Exported())
	return found{
		place: p, piece: made,
		declares: []string{name.Exported(), "New" + name.Exported(), name.Exported() + "Input"},
		exists:   declared != "" && declared == p.file(name.Snake()+".go"),
	}, nil
}
