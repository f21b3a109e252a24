package main

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"
)

// text is the description for a terminal.
func text(a application) []byte {
	var b bytes.Buffer
	for i, f := range a.Features {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintln(&b, f.Name)
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		row := rows(w)
		row("needs", strings.Join(f.Needs, ", "))
		for _, r := range f.Routes {
			row("route", r.Method, r.Path)
		}
		for _, c := range f.Channels {
			row("channel", c.Name, c.Payload, c.Scope, c.direction())
		}
		for _, e := range f.Events {
			row("publishes", e.Name, e.Payload)
		}
		for _, h := range f.Handles {
			row("handles", h.Event, h.Handler)
		}
		for _, j := range f.Jobs {
			row("job", j.Name, j.Payload, strings.Join(j.Schedules, "; "))
		}
		for _, s := range f.Slots {
			row("slot", s.Name, strings.Join(s.FilledBy, ", "))
		}
		for _, name := range f.Fills {
			row("fills", name)
		}
		row("tables", strings.Join(f.Tables, ", "))
		_ = w.Flush()
	}
	if len(a.Bridge) > 0 {
		fmt.Fprintln(&b, "\nbridge: events that leave the server")
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		row := rows(w)
		for _, f := range a.Bridge {
			row("forwards", f.Event, f.Channel)
		}
		_ = w.Flush()
	}
	return b.Bytes()
}

// rows writes table rows and skips empty ones. The first column is written only in
// the first row of a group.
func rows(w *tabwriter.Writer) func(about string, cells ...string) {
	last := ""
	return func(about string, cells ...string) {
		if cells[0] == "" {
			return
		}
		shown := about
		if about == last {
			shown = ""
		}
		last = about
		line := strings.TrimRight("  "+shown+"\t"+strings.Join(cells, "\t"), "\t ")
		fmt.Fprintln(w, line)
	}
}
