// <with:events,jobs,realtime,blog/>

package main

import (
	"slices"
	"strings"
	"testing"

	"example.com/pergola/cmd/gen/internal/tree"
)

// What a command adds to features is gone without a trace once it is taken
// back, in the order in which it came.
func TestDestroy_leavesNoTrace(t *testing.T) {
	t.Parallel()
	planned := tree.Open(here) // nothing is written
	var pieces []string
	for _, line := range matrix {
		if !strings.HasPrefix(line, "feature ") {
			pieces = append(pieces, line)
			continue
		}
		if err := planLine(t.Context(), planned, line); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	before := contents(t, planned)

	for _, line := range pieces {
		if err := planLine(t.Context(), planned, line); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	for _, line := range slices.Backward(pieces) {
		if err := planLine(t.Context(), planned, destroy+" "+line); err != nil {
			t.Fatalf("destroy %s: %v", line, err)
		}
	}

	after := contents(t, planned)
	for name, content := range after {
		if content != before[name] {
			t.Errorf("%s is not what it was:\n%s\nit was\n%s", name, content, before[name])
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d files have changed, want %d", len(after), len(before))
	}
}

// contents is every file that is planned to be other than it is.
func contents(t *testing.T, planned *tree.Tree) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, change := range planned.Changes() {
		content, err := planned.Read(change.File)
		if err != nil {
			t.Fatal(err)
		}
		found[change.File] = string(content)
	}
	return found
}
