package project_test

import (
	"strings"
	"testing"

	"example.com/pergola/cmd/gen/internal/project"
)

// without returns a file without some packages, and whether it stays.
func without(t *testing.T, name, content string, gone ...string) (string, bool, error) {
	t.Helper()
	files := project.Files{name: {Content: []byte(content), Mode: 0o644}}
	left, err := files.Without(gone...)
	file, stays := left[name]
	return string(file.Content), stays, err
}

func TestWithout_followsDirectives(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ file, before, after string }{
		"a line":              {"a.yml", "a\nb # <with:jobs/>\nc\n", "a\nc\n"},
		"a region":            {"a.yml", "a\n# <with:jobs>\nb\n# </with:jobs>\nc\n", "a\nc\n"},
		"a region of another": {"a.yml", "# <with:events>\nb\n# </with:events>\n", "# <with:events>\nb\n# </with:events>\n"},
		"regions in regions":  {"a.yml", "# <with:jobs>\na\n# <with:events>\nb\n# </with:events>\n# </with:jobs>\nc\n", "c\n"},
		"and":                 {"a.yml", "a # <with:events,jobs/>\n", ""},
		"or":                  {"a.yml", "a # <with:events|jobs/>\n", "a # <with:events|jobs/>\n"},
		"or and and":          {"a.yml", "a # <with:events|jobs,jobs/>\n", ""},
		"a line instead":      {"a.go", "package a\n\nvar b = 1 // <with:jobs/>\n// <without:jobs/> var b = 2\n", "package a\n\nvar b = 2\n"},
		"Markdown instead":    {"a.md", "<!-- <without:jobs/> Plain. -->\nBusy. <!-- <with:jobs/> -->\n", "Plain.\n"},
		"Markdown in a table": {"a.md", "| a |\n| b <!-- <with:jobs/> --> |\n", "| a |\n"},
		"templ and CSS":       {"a.css", "a\n/* <with:jobs> */\nb\n/* </with:jobs> */\n", "a\n"},
		"one empty line":      {"a.yml", "a\n\n# <with:jobs>\nb\n# </with:jobs>\n\nc\n", "a\n\nc\n"},
		"Go is formatted":     {"a.go", "package a\n\nvar (\n\tb      = 1\n\tlonger = 2 // <with:jobs/>\n)\n", "package a\n\nvar (\n\tb = 1\n)\n"},
		"no comment":          {"a.go", "package a\n\nvar b = \"<with:jobs/>\"\n", "package a\n\nvar b = \"<with:jobs/>\"\n"},
		"no directives":       {"a.yml", "a\n\n\nb <with:…>\n", "a\n\n\nb <with:…>\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, stays, err := without(t, test.file, test.before, "jobs")
			if err != nil || !stays || got != test.after {
				t.Errorf("got %q, %v, %v; want %q", got, stays, err, test.after)
			}
		})
	}
}

func TestWithout_removesFilesOfAPackage(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"cmd/web/x.go":      "// <with:jobs/>\n\npackage main\n",
		"docs/x.md":         "<!-- <with:events,jobs/> -->\n\n# X\n",
		"core/jobs/jobs.go": "package jobs\n",
		"migrations/20261124090031_jobs_table.sql": "create table jobs_x ();\n",
	} {
		if _, stays, err := without(t, name, content, "jobs"); stays || err != nil {
			t.Errorf("%s: stays: %v, %v; want it gone", name, stays, err)
		}
		if _, stays, err := without(t, name, content, "realtime"); !stays || err != nil {
			t.Errorf("%s without realtime: stays: %v, %v; want it to stay", name, stays, err)
		}
	}
}

func TestWithout_rejectsMalformedDirectives(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"never closed":           "# <with:jobs>\na\n",
		"never opened":           "a\n# </with:jobs>\n",
		"closed as another":      "# <with:jobs>\na\n# </with:events>\n",
		"a region within a line": "a # <with:jobs>\n",
		"a region of without":    "# <without:jobs>\na\n# </without:jobs>\n",
	} {
		if got, _, err := without(t, "a.yml", content, "events"); err == nil || !strings.Contains(err.Error(), "a.yml") {
			t.Errorf("%s: got %q and %v, want an error that names the file", name, got, err)
		}
	}
}

func TestWithout_turnsDeadLinksIntoPlainText(t *testing.T) {
	t.Parallel()
	files := project.Files{
		"README.md":    {Content: []byte("# A\n\n[kept](docs/b.md#there), [gone](docs/c.md), [no heading](docs/b.md#nowhere), [`code`](core/jobs), [`gone` too](core/events)\n\n`Define[T](name)` and ``Define[`T`](name)``, [gone](docs/c.md)\n\n![picture](docs/images/x.png)\n\n[away](https://example.com)\n")},
		"docs/b.md":    {Content: []byte("## There\n")},
		"docs/c.md":    {Content: []byte("<!-- <with:jobs/> -->\n")},
		"core/jobs/a":  {Content: []byte("a")},
		"docs/images/": {Content: nil},
	}

	left, err := files.Without("jobs")

	want := "# A\n\n[kept](docs/b.md#there), gone, no heading, `code`, `gone` too\n\n`Define[T](name)` and ``Define[`T`](name)``, gone\n\n\n[away](https://example.com)\n"
	if got := string(left["README.md"].Content); err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}
