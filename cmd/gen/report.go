package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"example.com/pergola/cmd/gen/internal/tree"
	"example.com/pergola/cmd/gen/internal/usage"
)

// report is the output of a run.
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

// print prints the report and returns the exit code.
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
	case usage.IsError(err):
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
		_, _ = fmt.Fprintln(w, "Nothing to change.")
	}
	if r.dryRun && len(r.changes) > 0 {
		_, _ = fmt.Fprintln(w, "This was a dry run: nothing was changed. Files that are generated from these would change, too.")
	}
	for _, note := range r.notes {
		_, _ = fmt.Fprintln(w, note)
	}
}

func (r *report) printJSON(w io.Writer, err error, code int) {
	document := struct {
		Command  string        `json:"command"`
		ExitCode int           `json:"exitCode"`
		Error    string        `json:"error,omitempty"`
		DryRun   bool          `json:"dryRun"`
		Changes  []tree.Change `json:"changes"`
		Notes    []string      `json:"notes"`
	}{r.command, code, "", r.dryRun, slices.Clone(r.changes), slices.Clone(r.notes)}
	if err != nil {
		document.Error = err.Error()
	}
	if document.Changes == nil {
		document.Changes = []tree.Change{}
	}
	if document.Notes == nil {
		document.Notes = []string{}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(document)
}
