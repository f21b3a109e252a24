package main

import (
	"context"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/descriptors"
)

func jobCommand() command {
	return command{
		name:    "job",
		args:    "<feature> <name>",
		summary: "a background job",
		help: `
Adds a job and its payload to jobs.go, its handler to job_handlers.go, entries in
the Manifest, and a test.

  ./task gen -- job notifications send-reminder

  SendReminderJob.Enqueue(ctx, queue, SendReminder{ID: …})

Name what it does: send-reminder is stored as notifications.send_reminder. A job
that is enqueued in a transaction is dropped if the transaction fails. It can run
more than once, and must have the same effect each time.`,
		plan: func(_ context.Context, c *call) error { return add(c, jobAddition) },
		undo: func(_ context.Context, c *call) error { return remove(c, jobAddition) },
	}
}

func jobAddition(c *call) (addition, error) {
	t, err := findTarget(c, c.args[0])
	if err != nil {
		return addition{}, err
	}
	name, err := parseName("the name of a job", c.args[1])
	if err != nil {
		return addition{}, err
	}
	stored := t.Feature + "." + name.Snake()
	method := t.method(name.Unexported(), "do"+name.Exported())
	made, err := t.render("job", name.Snake(), map[string]any{
		"Module": t.Module, "Feature": t.Feature, "Name": name, "Stored": stored, "Method": method, "Manifest": t.manifest(),
	})
	if err != nil {
		return addition{}, err
	}
	made.imports = []imported{{t.file("jobs.go"), t.core("jobs")}, {t.file("job_handlers.go"), "context"}}
	made.entries = []manifestEntry{
		{file: t.entry(), list: jobList, anchor: anchors.Jobs, element: name.Exported() + "Job"},
		{file: t.entry(), list: jobHandlerList, anchor: anchors.JobHandlers, element: "jobs.Handle(" + name.Exported() + "Job, f." + method + ")"},
	}
	f := addition{target: t, code: made, requires: "jobs", declares: []string{name.Exported() + "Job", name.Exported(), "Feature." + method}}
	_, f.exists = t.descriptors.Find(func(d descriptors.Descriptor) bool {
		return d.Feature == t.Feature && d.Kind == descriptors.Job && (d.Name == stored || d.Var == name.Exported()+"Job")
	})
	return f, nil
}

// method returns name, or otherwise if Feature has a hand-written method with that
// name.
func (t target) method(name, otherwise string) string {
	file := t.descriptors.Declared(t.Feature, "Feature."+name)
	if file == "" || file == t.file("job_handlers.go") || file == t.file("event_handlers.go") || file == t.file("channel_handlers.go") {
		return name
	}
	return otherwise
}
