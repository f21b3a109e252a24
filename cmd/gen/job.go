package main

import (
	"context"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/inventory"
)

// jobCommand adds a job and what does it.
func jobCommand() command {
	return command{
		name:    "job",
		args:    "<feature> <name>",
		summary: "work that is done later",
		help: `
Adds a job: a descriptor with its payload in jobs.go, the handler that does it in
job_handlers.go, entries in the Manifest, and a test.

  ./task gen -- job notifications send-reminder

  SendReminderJob.Enqueue(ctx, queue, SendReminder{ID: …})

The name is what is to be done: send-reminder is stored as
notifications.send_reminder, for ever. A job that is enqueued in a transaction is
gone if the transaction fails; it may be done more than once, and has to come to
the same end each time.`,
		plan: func(_ context.Context, c *call) error { return addPiece(c, findJob) },
		undo: func(_ context.Context, c *call) error { return removePiece(c, findJob) },
	}
}

func findJob(c *call) (found, error) {
	p, err := findPlace(c, c.args[0])
	if err != nil {
		return found{}, err
	}
	name, err := namedIn("the name of a job", c.args[1])
	if err != nil {
		return found{}, err
	}
	stored := p.Feature + "." + name.Snake()
	method := p.method(name.Unexported(), "do"+name.Exported())
	made, err := p.piece("job", name.Snake(), map[string]any{
		"Module": p.Module, "Feature": p.Feature, "Name": name, "Stored": stored, "Method": method, "Manifest": p.manifest(),
	})
	if err != nil {
		return found{}, err
	}
	made.imports = []imported{{p.file("jobs.go"), p.core("jobs")}, {p.file("job_handlers.go"), "context"}}
	made.parts = []part{
		{file: p.front(), list: jobList, anchor: anchors.Jobs, element: name.Exported() + "Job"},
		{file: p.front(), list: jobHandlerList, anchor: anchors.JobHandlers, element: "jobs.Handle(" + name.Exported() + "Job, f." + method + ")"},
	}
	f := found{place: p, piece: made, needs: "jobs", declares: []string{name.Exported() + "Job", name.Exported(), "Feature." + method}}
	_, f.exists = p.inv.Find(func(d inventory.Descriptor) bool {
		return d.Feature == p.Feature && d.Kind == inventory.Job && (d.Name == stored || d.Var == name.Exported()+"Job")
	})
	return f, nil
}

// method is the first of these names that no other method of Feature has, where
// the generator itself would put it.
func (p place) method(name, otherwise string) string {
	file := p.inv.Declared(p.Feature, "Feature."+name)
	if file == "" || file == p.file("job_handlers.go") || file == p.file("event_handlers.go") || file == p.file("channel_handlers.go") {
		return name
	}
	return otherwise
}
