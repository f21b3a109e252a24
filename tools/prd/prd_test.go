package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var (
	monday    = time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)
	wednesday = monday.AddDate(0, 0, 2)
)

// repository returns an empty repository, except for files that a document may link to.
func repository(t *testing.T) store {
	t.Helper()
	s := store{root: t.TempDir()}
	for _, file := range []string{"docs/decisions/adr-001-shelves.md", "core/shelf/shelf.go"} {
		if err := os.MkdirAll(filepath.Dir(s.file(file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.file(file), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func do(t *testing.T, s store, args ...string) error {
	t.Helper()
	return run(s, args, monday, io.Discard)
}

func must(t *testing.T, s store, args ...string) {
	t.Helper()
	if err := do(t, s, args...); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
}

// edit changes a document by hand.
func edit(t *testing.T, s store, name, before, after string) {
	t.Helper()
	text, err := s.read(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text, before) {
		t.Fatalf("%s does not contain %q:\n%s", name, before, text)
	}
	if err := os.WriteFile(s.file(s.path(name)), []byte(strings.Replace(text, before, after, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// answer fills in every required section.
func answer(t *testing.T, s store, name string) {
	t.Helper()
	for _, heading := range headings {
		edit(t, s, name, "## "+heading+"\n", "## "+heading+"\n\nWords.\n")
	}
}

func link(t *testing.T, s store, name string) {
	t.Helper()
	edit(t, s, name, "## What was built\n", "## What was built\n\n[ADR 001](../../decisions/adr-001-shelves.md), [shelf.go](../../../core/shelf/shelf.go#L3)\n")
}

func expect(t *testing.T, err error, wants ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("it was accepted, want an error with %q", wants)
	}
	for _, want := range wants {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v\nwant %q in it", err, want)
		}
	}
}

func checked(s store) (string, error) {
	var output bytes.Buffer
	err := run(s, []string{"check"}, monday, &output)
	return output.String(), err
}

func TestDocument_goesFromDraftToShipped(t *testing.T) {
	t.Parallel()
	s := repository(t)

	must(t, s, "new", "Shelves", "for", "Books!")
	answer(t, s, "shelves-for-books")
	must(t, s, "review", "shelves-for-books")
	must(t, s, "approve", "docs/work/prds/shelves-for-books.prd.md")
	link(t, s, "shelves-for-books")
	if err := run(s, []string{"ship", "shelves-for-books"}, wednesday, io.Discard); err != nil {
		t.Fatal(err)
	}

	text, _ := s.read("shelves-for-books")
	head := "---\ntitle: Shelves for Books!\nstatus: shipped\ndraft: 2026-06-01\nin-review: 2026-06-01\napproved: 2026-06-01\nshipped: 2026-06-03\n---\n\n# Shelves for Books!\n"
	if !strings.HasPrefix(text, head) {
		t.Errorf("document =\n%s\nwant it to begin with\n%s", text, head)
	}
	index, _ := os.ReadFile(s.file(folder + "/README.md"))
	if !strings.Contains(string(index), "## Shipped\n\n| | Since |\n|---|---|\n| [Shelves for Books!](shelves-for-books.prd.md) | 2026-06-03 |\n") {
		t.Errorf("index =\n%s", index)
	}
	if output, err := checked(s); err != nil {
		t.Errorf("check = %v\n%s", err, output)
	}
}

func TestMove_rejectsOtherTransitionsAndNamesTheNextState(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before []string
		step   string
		want   string
	}{
		"a draft cannot be approved":           {nil, "approve", "it is draft and cannot become approved: the next state is in-review (./task prd:review -- shelves)"},
		"a draft cannot be shipped":            {nil, "ship", "the next state is in-review"},
		"a reviewed one cannot be shipped":     {[]string{"review"}, "ship", "the next state is approved (./task prd:approve -- shelves)"},
		"a reviewed one is not reviewed again": {[]string{"review"}, "review", "the next state is approved"},
		"an approved one is not reviewed":      {[]string{"review", "approve"}, "review", "the next state is shipped (./task prd:ship -- shelves)"},
		"a shipped one stays shipped":          {[]string{"review", "approve", "ship"}, "review", "which is the last state"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := repository(t)
			must(t, s, "new", "Shelves")
			answer(t, s, "shelves")
			link(t, s, "shelves")
			for _, step := range tt.before {
				must(t, s, step, "shelves")
			}
			before, _ := s.read("shelves")

			err := do(t, s, tt.step, "shelves")

			expect(t, err, tt.want, "docs/work/prds/shelves.prd.md")
			if after, _ := s.read("shelves"); after != before {
				t.Errorf("the document was changed:\n%s", after)
			}
		})
	}
}

func TestMove_requiresACompleteDocument(t *testing.T) {
	t.Parallel()
	s := repository(t)
	must(t, s, "new", "Shelves")

	expect(t, do(t, s, "review", "shelves"), `the section "Problem" is empty`, `the section "Out of scope" is empty`)
	answer(t, s, "shelves")
	must(t, s, "review", "shelves")

	edit(t, s, "shelves", "## Open questions\n", "## Open questions\n\n- [ ] How high?\n")
	expect(t, do(t, s, "approve", "shelves"), "a question is open")
	edit(t, s, "shelves", "- [ ] How high?", "- [x] How high? As high as one reaches.")
	must(t, s, "approve", "shelves")

	expect(t, do(t, s, "ship", "shelves"), "no decision record is linked", "no code is linked")
	edit(t, s, "shelves", "## What was built\n", "## What was built\n\n[gone](../../decisions/adr-002-gone.md)\n")
	expect(t, do(t, s, "ship", "shelves"), "adr-002-gone.md does not exist")
}

func TestNew_rejectsTitlesWithoutAFileName(t *testing.T) {
	t.Parallel()
	s := repository(t)
	must(t, s, "new", "Shelves")

	expect(t, do(t, s, "new", "Shelves"), "already exists")
	expect(t, do(t, s, "new", "???"), "contains no letter")
	expect(t, do(t, s, "new", strings.Repeat("long ", 40)), "up to 100 characters")
	expect(t, do(t, s, "review", "tables"), "docs/work/prds/tables.prd.md does not exist; there are: shelves")
	if err := do(t, s, "burn", "shelves"); !errors.Is(err, errUsage) {
		t.Errorf("an unknown command: %v", err)
	}
	must(t, s, "new", "../../etc/passwd")
	if !s.exists("docs/work/prds/etc-passwd.prd.md") {
		t.Error("a title with a path in it left its folder")
	}
}

func TestCheck_findsManualChanges(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ before, after, want string }{
		"a skipped state":    {"status: draft", "status: shipped", "has no date for in-review"},
		"an unknown state":   {"status: draft", "status: done", `unknown status "done"`},
		"a state moved back": {"draft: 2026-06-01\n", "draft: 2026-06-01\nin-review: 2026-06-02\n", "states only move forward"},
		"an invalid date":    {"draft: 2026-06-01", "draft: yesterday", "is not a date"},
		"another title":      {"title: Shelves", "title: Tables", "differs from the heading"},
		"a missing heading":  {"## Problem", "## Trouble", `the heading "## Problem" is missing`},
		"an unknown key":     {"status: draft", "status: draft\nowner: ada", `unknown key "owner"`},
		"no front matter":    {"---\ntitle", "title", "does not start with front matter"},
		"an outdated index":  {"title: Shelves\nstatus: draft\ndraft: 2026-06-01\n", "title: Shelves\nstatus: draft\ndraft: 2026-05-01\n", "README.md is out of date"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := repository(t)
			must(t, s, "new", "Shelves")
			edit(t, s, "shelves", tt.before, tt.after)

			output, err := checked(s)

			if err == nil || !strings.Contains(output, tt.want) {
				t.Errorf("check = %v\n%s\nwant %q", err, output, tt.want)
			}
		})
	}
}

func TestCheck_findsOtherFiles(t *testing.T) {
	t.Parallel()
	s := repository(t)
	must(t, s, "new", "Shelves")
	if err := os.WriteFile(s.file(folder+"/notes.md"), nil, 0o644); err != nil {
		t.Fatal(err)
	}

	output, err := checked(s)

	if err == nil || !strings.Contains(output, "notes.md: this folder contains only documents") {
		t.Errorf("check = %v\n%s", err, output)
	}
}
