package main

import (
	"context"
	"strings"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/inventory"
	"example.com/pergola/cmd/gen/internal/misuse"
	"example.com/pergola/cmd/gen/internal/names"
)

// eventCommand adds an event to a feature.
func eventCommand() command {
	return command{
		name:    "event",
		args:    "<feature> <name>",
		summary: "something that a feature tells other features",
		help: `
Adds an event: a descriptor with its payload in events.go, an entry in the
Manifest, and a test. A use case publishes it inside of its transaction:

  ./task gen -- event blog article-archived

  ArticleArchivedEvent.Publish(ctx, outbox, ArticleArchived{ArticleID: …, At: …})

The name is what happened, a noun and a verb in the past tense: article-archived
is stored as blog.article.archived, for ever. Fields are added to the payload by
hand. Who is to hear of it: ./task gen -- event-handler --help`,
		plan: func(_ context.Context, c *call) error { return addPiece(c, findEvent) },
		undo: func(_ context.Context, c *call) error { return removePiece(c, findEvent) },
	}
}

func findEvent(c *call) (found, error) {
	p, err := findPlace(c, c.args[0])
	if err != nil {
		return found{}, err
	}
	name, err := namedIn("the name of an event", c.args[1])
	if err != nil {
		return found{}, err
	}
	if len(name.Words()) < 2 {
		return found{}, misuse.New("%q is no event: say what happened to what, such as %s-archived", c.args[1], name.Kebab())
	}
	stored := p.Feature + "." + name.Dotted()
	words := name.Words()
	subject := names.Of(words[:len(words)-1]...)
	made, err := p.piece("event", name.Snake(), map[string]any{
		"Module": p.Module, "Feature": p.Feature, "Name": name, "Stored": stored,
		"Subject":  subject.Then("id"),
		"Sentence": subject.WithArticle() + " is " + words[len(words)-1],
	})
	if err != nil {
		return found{}, err
	}
	made.imports = []imported{{p.file("events.go"), p.core("events")}, {p.file("events.go"), "time"}}
	made.parts = []part{{file: p.front(), list: eventList, anchor: anchors.Events, element: name.Exported() + "Event"}}
	f := found{place: p, piece: made, needs: "events", declares: []string{name.Exported() + "Event", name.Exported()}}
	_, f.exists = p.inv.Find(func(d inventory.Descriptor) bool {
		return d.Feature == p.Feature && d.Kind == inventory.Event && (d.Name == stored || d.Var == name.Exported()+"Event")
	})
	return f, nil
}

// piece renders the templates of a command: files of their own, and what is
// inserted at the anchor of its file.
func (p place) piece(command, name string, data any) (piece, error) {
	made := piece{module: p.Module}
	files, err := render(command, map[string]string{"FEATURE": p.Feature, "NAME": name}, data)
	if err != nil {
		return piece{}, err
	}
	for _, file := range files {
		target, inserted := strings.CutSuffix(file.path, ".insert")
		text := strings.TrimSpace(string(file.content))
		if !inserted {
			made.files = append(made.files, file)
		} else {
			made.inserts = append(made.inserts, insert{anchors.Anchor{File: target}, text})
		}
	}
	return made, nil
}

// core is the import path of a package of core.
func (p place) core(name string) string { return p.Module + "/core/" + name }
