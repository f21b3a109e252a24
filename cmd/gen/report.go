package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"example.com/pergola/cmd/gen/internal/misuse"
	"example.com/pergola/cmd/gen/internal/tree"
)

// report is what a run has to say at its end.
type report struct {
	command string
	json    bool
	dryRun  bool
	text    string // help, instead of a summary
	changes []tree.Change
	notes   []string
}

func (r *report) add(c *call, changes []tree.Change) {
	r.changes = append(r.changes, changes...)
	r.notes = append(r.notes, c.notes...)
}

// print says it, and returns the exit code.
func (r *report) print(stdout, stderr io.Writer, err error) int {
	code := exitCode(err)
	switch {
	case r.json && r.text == "":
		r.printJSON(stdout, err, code)
	case err != nil:
		_, _ = fmt.Fprintln(stderr, "gen:", err)
	case r.text != "":
		_, _ = io.WriteString(stdout, r.text)
	default:
		r.printSummary(stdout)
	}
	return code
}

func exitCode(err error) int {
	switch {
	case err == nil:
		return 0
	case misuse.Is(err):
		return 2
	default:
		return 1
	}
}

func (r *report) printSummary(w io.Writer) {
	for _, change := range r.changes {
		_, _ = fmt.Fprintf(w, "%s  %s\n", change.Kind, change.File)
	}
	if len(r.changes) == 0 {
		_, _ = fmt.Fprintln(w, "Nothing to change: all of it is there already.")
	}
	if r.dryRun && len(r.changes) > 0 {
		_, _ = fmt.Fprintln(w, "Nothing was changed: this was a dry run. What is generated from these files would change too.")
	}
	for _, note := range r.notes {
		_, _ = fmt.Fprintln(w, note)
	}
}

func (r *report) printJSON(w io.Writer, err error, code int) {
	said := struct {
		Command  string        `json:"command"`
		ExitCode int           `json:"exitCode"`
		Error    string        `json:"error,omitempty"`
		DryRun   bool          `json:"dryRun"`
		Changes  []tree.Change `json:"changes"`
		Notes    []string      `json:"notes"`
	}{r.command, code, "", r.dryRun, slices.Clone(r.changes), slices.Clone(r.notes)}
	if err != nil {
		said.Error = err.Error()
	}
	if said.Changes == nil {
		said.Changes = []tree.Change{}
	}
	if said.Notes == nil {
		said.Notes = []string{}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(said)
}
