package main

import (
	"slices"
	"testing"
	"testing/fstest"
)

func TestCheck_reportsBrokenLinks(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		files map[string]string
		want  []string
	}{
		"valid links": {
			files: map[string]string{
				"README.md":       "# Pergola\n\n[guide](docs/guide.md), [there](docs/guide.md#the-first-step), [here](#pergola), [folder](docs), [code](main.go#L3), [away](https://example.com/nowhere)\n",
				"docs/guide.md":   "# Guide\n\n## The *first* `step`\n\n[back](../README.md) [root](/README.md)\n",
				"main.go":         "package main\n",
				"docs/.hidden.md": "[x](hidden-files-are-checked.md)",
			},
			want: []string{"docs/.hidden.md:1: docs/hidden-files-are-checked.md does not exist"},
		},
		"a missing file": {
			files: map[string]string{"README.md": "# A\n\nFirst line,\nsecond [line](nowhere.md).\n"},
			want:  []string{"README.md:4: nowhere.md does not exist"},
		},
		"a missing anchor": {
			files: map[string]string{"README.md": "# A good start\n\n[x](#start)\n\n[y](#end)\n"},
			want: []string{
				"README.md:3: README.md has no heading #start; it has #a-good-start",
				"README.md:5: README.md has no heading #end",
			},
		},
		"a path out of the repository": {
			files: map[string]string{"docs/a.md": "[x](../../secrets.md)\n"},
			want:  []string{"docs/a.md:1: ../../secrets.md is outside the repository"},
		},
		"reference links and images": {
			files: map[string]string{"README.md": "[x][one] ![y](gone.png)\n\n[one]: gone.md\n"},
			want:  []string{"README.md:1: gone.md does not exist", "README.md:1: gone.png does not exist"},
		},
		"HTML": {
			files: map[string]string{"README.md": "<p align=\"center\">\n  <img src=\"gone.png\">\n</p>\n\n<a id=\"here\"></a>[x](#here)\n"},
			want:  []string{"README.md:2: gone.png does not exist"},
		},
		"a table": {
			files: map[string]string{"README.md": "| a |\n|---|\n| [x](gone.md) |\n"},
			want:  []string{"README.md:3: gone.md does not exist"},
		},
		"code is ignored": {
			files: map[string]string{"README.md": "`[x](gone.md)`\n\n```md\n[x](gone.md)\n# Heading\n```\n\n    [x](gone.md)\n\n[x](#heading)\n"},
			want:  []string{"README.md:10: README.md has no heading #heading"},
		},
		"third-party packages are ignored": {
			files: map[string]string{"web/node_modules/x/README.md": "[x](gone.md)\n", ".data/x.md": "[x](gone.md)\n", "tools/testdata/x.md": "[x](gone.md)\n"},
			want:  nil,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree := fstest.MapFS{}
			for name, content := range tt.files {
				tree[name] = &fstest.MapFile{Data: []byte(content)}
			}

			found, err := check(tree)

			if err != nil {
				t.Fatalf("check: %v", err)
			}
			var got []string
			for _, b := range found.broken {
				got = append(got, b.String())
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("broken links:\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestSlugger_createsGitHubAnchors(t *testing.T) {
	t.Parallel()
	tests := []struct{ heading, want string }{
		{"The first five minutes", "the-first-five-minutes"},
		{"R2: `socket.io-client` only here", "r2-socketio-client-only-here"},
		{"Events, jobs & bridge", "events-jobs--bridge"},
		{"snake_case stays", "snake_case-stays"},
		{"Übung 1½", "übung-1½"},
		{"What? No!", "what-no"},
	}
	for _, tt := range tests {
		t.Run(tt.heading, func(t *testing.T) {
			t.Parallel()

			p := parsePage("x.md", []byte("# "+tt.heading+"\n"))

			if !p.anchors[tt.want] {
				t.Errorf("anchors of %q = %v, want %q", tt.heading, p.anchors, tt.want)
			}
		})
	}
}

func TestSlugger_numbersIdenticalHeadings(t *testing.T) {
	t.Parallel()

	p := parsePage("x.md", []byte("# Tests\n\n## Tests\n\nTests\n-----\n"))

	for _, want := range []string{"tests", "tests-1", "tests-2"} {
		if !p.anchors[want] {
			t.Errorf("anchors = %v, want %q among them", p.anchors, want)
		}
	}
}
