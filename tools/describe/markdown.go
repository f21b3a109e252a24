package main

import (
	"bytes"
	"fmt"
	"strings"
)

// markdown is the page docs/map.gen.md: the diagram for Mermaid, and a table
// for each feature.
func markdown(a application) []byte {
	var b bytes.Buffer
	b.WriteString(`# What each feature says and hears

<!-- Made by ./task generate from the descriptors, the routes, the migrations and the imports. Do not edit. -->

The same as a picture stands in [the architecture](architecture.md#what-the-features-say-to-each-other); in the terminal,
` + "`./task describe`" + ` prints it.

`)
	b.Write(mermaid(a))
	for _, f := range a.Features {
		fmt.Fprintf(&b, "\n## %s\n\n", f.Name)
		rows := &table{b: &b}
		rows.add("Needs", list(f.Needs))
		rows.add("Addresses", routesByPath(f.Routes))
		for _, c := range f.Channels {
			rows.add("Channels", fmt.Sprintf("`%s` · `%s` · %s · %s", c.Name, c.Payload, c.Scope, c.direction()))
		}
		for _, e := range f.Events {
			rows.add("Events out", fmt.Sprintf("`%s` · `%s`", e.Name, e.Payload))
		}
		for _, h := range f.Hears {
			rows.add("Events in", fmt.Sprintf("`%s` · `%s`", h.Event, h.Handler))
		}
		for _, j := range f.Jobs {
			line := fmt.Sprintf("`%s` · `%s`", j.Name, j.Payload)
			if len(j.Schedules) > 0 {
				line += " · at " + list(j.Schedules)
			}
			rows.add("Jobs", line)
		}
		rows.add("Tables, views", list(f.Tables))
		rows.end()
	}
	if len(a.Bridge) > 0 {
		b.WriteString("\n## The bridge\n\nThe events that leave the server:\n\n| Event | Channel |\n|---|---|\n")
		for _, f := range a.Bridge {
			fmt.Fprintf(&b, "| `%s` | `%s` |\n", f.Event, f.Channel)
		}
	}
	return b.Bytes()
}

// table writes rows of which those with the same name stand together.
type table struct {
	b     *bytes.Buffer
	name  string
	cells []string
	begun bool
}

func (t *table) add(name, cell string) {
	if cell == "" {
		return
	}
	if name != t.name {
		t.end()
		t.name = name
	}
	t.cells = append(t.cells, strings.ReplaceAll(cell, "|", `\|`))
}

func (t *table) end() {
	if len(t.cells) == 0 {
		return
	}
	if !t.begun {
		t.b.WriteString("| | |\n|---|---|\n")
		t.begun = true
	}
	fmt.Fprintf(t.b, "| %s | %s |\n", t.name, strings.Join(t.cells, "<br>"))
	t.cells = nil
}

func list(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = "`" + word + "`"
	}
	return strings.Join(quoted, ", ")
}

func routesByPath(routes []route) string {
	var lines []string
	for i, r := range routes {
		if i > 0 && routes[i-1].Path == r.Path {
			lines[len(lines)-1] = strings.Replace(lines[len(lines)-1], " `", ", "+r.Method+" `", 1)
			continue
		}
		lines = append(lines, r.Method+" `"+r.Path+"`")
	}
	return strings.Join(lines, "<br>")
}

// mermaid is the diagram of who speaks to whom: events between features, and
// what reaches browsers.
func mermaid(a application) []byte {
	var b bytes.Buffer
	b.WriteString("```mermaid\nflowchart LR\n")
	for _, f := range a.Features {
		fmt.Fprintf(&b, "  %s[%s]\n", f.Name, f.Name)
	}
	b.WriteString("  browsers([browsers])\n")
	if len(a.Bridge) > 0 {
		b.WriteString("  bridge{{bridge}}\n")
	}
	for _, f := range a.Features {
		for _, c := range f.Channels {
			arrow := "-->"
			if c.Inbound {
				arrow = "<-->"
			}
			fmt.Fprintf(&b, "  %s %s|\"%s\"| browsers\n", f.Name, arrow, c.Name)
		}
	}
	for _, speaker := range a.Features {
		for _, e := range speaker.Events {
			for _, listener := range a.Features {
				for _, h := range listener.Hears {
					if h.Event == e.Name {
						fmt.Fprintf(&b, "  %s ==>|\"%s\"| %s\n", speaker.Name, e.Name, listener.Name)
					}
				}
			}
			for _, forward := range a.Bridge {
				if forward.Event == e.Name {
					fmt.Fprintf(&b, "  %s ==>|\"%s\"| bridge\n  bridge -->|\"%s\"| browsers\n", speaker.Name, e.Name, forward.Channel)
				}
			}
		}
	}
	for _, f := range a.Features {
		for _, need := range f.Needs {
			fmt.Fprintf(&b, "  %s -.-> %s\n", f.Name, need)
		}
	}
	b.WriteString("```\n\nThick arrows are events, plain ones are channels, dotted ones say who needs whom.\n")
	return b.Bytes()
}
