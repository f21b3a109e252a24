package main

import (
	"context"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/descriptors"
	"example.com/pergola/cmd/gen/internal/names"
	"example.com/pergola/cmd/gen/internal/usage"
)

func eventCommand() command {
	return command{
		name:    "event",
		args:    "<feature> <name>",
		summary: "an event for other features",
		help: `
Adds an event and its payload to events.go, an entry in the Manifest, and a test.
A use case publishes it in its transaction:

  ./task gen -- event blog article-archived

  ArticleArchivedEvent.Publish(ctx, outbox, ArticleArchived{ArticleID: …, At: …})

Name what happened: a noun and a verb in the past tense. The name article-archived
is stored as blog.article.archived: choose it well. Add fields to the payload by
hand. To handle the event: ./task gen -- event-handler --help`,
		plan: func(_ context.Context, c *call) error { return add(c, eventAddition) },
		undo: func(_ context.Context, c *call) error { return remove(c, eventAddition) },
	}
}

func eventAddition(c *call) (addition, error) {
	t, err := findTarget(c, c.args[0])
	if err != nil {
		return addition{}, err
	}
	name, err := parseName("the name of an event", c.args[1])
	if err != nil {
		return addition{}, err
	}
	if len(name.Words()) < 2 {
		return addition{}, usage.Errorf("%q cannot be an event: name what happened to what, such as %s-archived", c.args[1], name.Kebab())
	}
	stored := t.Feature + "." + name.Dotted()
	words := name.Words()
	subject := names.Of(words[:len(words)-1]...)
	made, err := t.render("event", name.Snake(), map[string]any{
		"Module": t.Module, "Feature": t.Feature, "Name": name, "Stored": stored,
		"Subject":  subject.Then("id"),
		"Sentence": subject.WithArticle() + " is " + words[len(words)-1],
	})
	if err != nil {
		return addition{}, err
	}
	made.imports = []imported{{t.file("events.go"), t.core("events")}, {t.file("events.go"), "time"}}
	made.entries = []manifestEntry{{file: t.entry(), list: eventList, anchor: anchors.Events, element: name.Exported() + "Event"}}
	f := addition{target: t, code: made, requires: "events", declares: []string{name.Exported() + "Event", name.Exported()}}
	_, f.exists = t.descriptors.Find(func(d descriptors.Descriptor) bool {
		return d.Feature == t.Feature && d.Kind == descriptors.Event && (d.Name == stored || d.Var == name.Exported()+"Event")
	})
	return f, nil
}
