package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/pergola/cmd/gen/internal/usage"
)

// called is the result of a run.
type called struct {
	stdout, stderr string
	code           int
}

func callIn(t *testing.T, folder string, m commandList, args ...string) called {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := generator{commands: m, stdout: &stdout, stderr: &stderr, folder: folder}.run(t.Context(), args)
	return called{stdout.String(), stderr.String(), code}
}

// projectWith creates a folder with a project of these files.
func projectWith(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	write(t, root, "go.mod", "module example.com/pergola\n")
	for name, content := range files {
		write(t, root, name, content)
	}
	return root
}

func write(t *testing.T, root, name, content string) {
	t.Helper()
	at := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// noteCommand is a commandList of one command that writes a note.
func noteCommand(plan func(c *call) error) commandList {
	return commandList{{
		name: "note", args: "<text>", summary: "write a note", help: "Writes a note.",
		flags: func(set *flag.FlagSet) {
			set.String("to", "note.txt", "the file")
			set.Bool("loud", false, "in capitals")
		},
		plan: func(_ context.Context, c *call) error { return plan(c) },
	}}
}

func writeNote(c *call) error {
	text := c.args[0]
	if c.isSet("loud") {
		text = strings.ToUpper(text)
	}
	c.note("Read it.")
	return c.tree.Write(c.flag("to"), []byte(text))
}

func TestGenerator_acceptsFlagsAndArgumentsInAnyOrder(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"note", "--to", "a.txt", "--loud", "hello"},
		{"note", "hello", "--loud", "--to=a.txt"},
		{"note", "--loud", "hello", "--to", "a.txt"},
	} {
		root := projectWith(t, nil)

		got := callIn(t, root, noteCommand(writeNote), args...)

		content, err := os.ReadFile(filepath.Join(root, "a.txt"))
		if err != nil || string(content) != "HELLO" || got.code != 0 || got.stdout != "created  a.txt\nRead it.\n" {
			t.Errorf("%v: wrote %q, %v, and said %+v", args, content, err, got)
		}
	}
}

func TestGenerator_exitsWith2AfterUsageError(t *testing.T) {
	t.Parallel()
	root := projectWith(t, nil)
	for _, args := range [][]string{
		{}, {"nonsense"}, {"--to", "x"}, {"note"}, {"note", "a", "b"}, {"note", "a", "--unknown"}, {"note", "a", "--to"}, {"help", "nonsense"},
	} {
		got := callIn(t, root, noteCommand(writeNote), args...)

		if got.code != 2 || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%q: got %+v, want one line and the exit code 2", args, got)
		}
	}
}

func TestGenerator_exitsWith1AfterOtherError(t *testing.T) {
	t.Parallel()
	for want, err := range map[int]error{1: errors.New("broken"), 2: usage.Errorf("no")} {
		got := callIn(t, projectWith(t, nil), noteCommand(func(*call) error { return err }), "note", "x")

		if got.code != want || got.stderr != "gen: "+err.Error()+"\n" {
			t.Errorf("got %+v, want the exit code %d", got, want)
		}
	}
}

func TestGenerator_changesNothingInDryRun(t *testing.T) {
	t.Parallel()
	root := projectWith(t, nil)

	got := callIn(t, root, noteCommand(writeNote), "note", "x", "--dry-run")

	if _, err := os.Stat(filepath.Join(root, "note.txt")); err == nil || got.code != 0 || !strings.HasPrefix(got.stdout, "created  note.txt\n") {
		t.Errorf("got %+v and the file: %v", got, err)
	}
}

func TestGenerator_reportsNothingToChange(t *testing.T) {
	t.Parallel()
	root := projectWith(t, map[string]string{"note.txt": "x"})

	got := callIn(t, root, noteCommand(writeNote), "note", "x")

	if got.code != 0 || !strings.HasPrefix(got.stdout, "Nothing to change") {
		t.Errorf("got %+v", got)
	}
}

func TestGenerator_printsJSON(t *testing.T) {
	t.Parallel()
	root := projectWith(t, nil)
	for _, tt := range []struct {
		args     []string
		exitCode int
		changes  int
	}{{[]string{"note", "x", "--json"}, 0, 1}, {[]string{"note", "--json"}, 2, 0}} {
		got := callIn(t, root, noteCommand(writeNote), tt.args...)

		var said struct {
			ExitCode int
			Error    string
			Changes  []struct{ Kind, File string }
			Notes    []string
		}
		err := json.Unmarshal([]byte(got.stdout), &said)
		if err != nil || got.code != tt.exitCode || said.ExitCode != tt.exitCode || len(said.Changes) != tt.changes || (said.Error == "") != (tt.exitCode == 0) {
			t.Errorf("%q: said %s with %d, %v", tt.args, got.stdout, got.code, err)
		}
	}
}

// interrupted creates a project in which a run was killed before its end.
func interrupted(t *testing.T) string {
	t.Helper()
	root := projectWith(t, map[string]string{"note.txt": "before"})
	var journal []byte
	got := callIn(t, root, noteCommand(func(c *call) error {
		c.late = append(c.late, func(context.Context) (err error) {
			journal, err = os.ReadFile(filepath.Join(root, ".data/gen/undo.json"))
			return err
		})
		return writeNote(c)
	}), "note", "half done")
	if got.code != 0 {
		t.Fatalf("got %+v", got)
	}
	write(t, root, ".data/gen/undo.json", string(journal))
	return root
}

func read(t *testing.T, root, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestGenerator_undoesInterruptedRunFirst(t *testing.T) {
	t.Parallel()
	root := interrupted(t)

	got := callIn(t, root, noteCommand(writeNote), "note", "x", "--to", "other.txt")

	if note := read(t, root, "note.txt"); note != "before" || got.code != 0 || !strings.Contains(got.stdout, "has been undone") {
		t.Errorf("the note is %q; got %+v", note, got)
	}
}

func TestGenerator_restoresNothingInDryRun(t *testing.T) {
	t.Parallel()
	root := interrupted(t)
	write(t, root, "note.txt", "mine")
	journal := read(t, root, ".data/gen/undo.json")

	got := callIn(t, root, noteCommand(writeNote), "note", "x", "--dry-run")

	if note := read(t, root, "note.txt"); note != "mine" || read(t, root, ".data/gen/undo.json") != journal {
		t.Errorf("the note is %q, or the journal has changed", note)
	}
	if got.code != 1 || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, "interrupted") {
		t.Errorf("got %+v, want the exit code 1 and one line", got)
	}
}

func TestGenerator_keepsFileEditedAfterInterruptedRun(t *testing.T) {
	t.Parallel()
	root := interrupted(t)
	write(t, root, "note.txt", "mine")

	got := callIn(t, root, noteCommand(writeNote), "note", "x", "--to", "other.txt")

	if note := read(t, root, "note.txt"); note != "mine" || got.code != 1 || strings.Count(got.stderr, "\n") != 1 ||
		!strings.Contains(got.stderr, "note.txt") || !strings.Contains(got.stderr, "delete .data/gen/undo.json") {
		t.Errorf("the note is %q; got %+v, want it left and named in one line", note, got)
	}
	if err := os.Remove(filepath.Join(root, ".data/gen/undo.json")); err != nil {
		t.Fatal(err)
	}
	if got := callIn(t, root, noteCommand(writeNote), "note", "x", "--to", "other.txt"); got.code != 0 || read(t, root, "note.txt") != "mine" {
		t.Errorf("once it is settled: %+v", got)
	}
}

func TestGenerator_requiresAProject(t *testing.T) {
	t.Parallel()

	got := callIn(t, t.TempDir(), noteCommand(writeNote), "note", "x")

	if got.code != 1 || !strings.Contains(got.stderr, "go.mod") {
		t.Errorf("got %+v", got)
	}
}

func TestHelp_describesEveryCommand(t *testing.T) {
	t.Parallel()
	all := callIn(t, ".", commands(), "--help")
	for _, cmd := range commands() {
		if !strings.Contains(all.stdout, cmd.name) {
			t.Errorf("the help does not name %q", cmd.name)
		}
		one := callIn(t, ".", commands(), append(strings.Fields(cmd.name), "--help")...)
		if one.code != 0 || !strings.Contains(one.stdout, "./task gen -- "+cmd.name) || !strings.Contains(one.stdout, "--dry-run") {
			t.Errorf("the help of %q shows no example: %+v", cmd.name, one)
		}
	}
	if names := commands().names(); len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names) {
		t.Errorf("some commands have one name: %v", names)
	}
}
