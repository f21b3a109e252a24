package tree_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/pergola/cmd/gen/internal/tree"
)

// before is what the tests begin with.
var before = map[string]string{
	"a.txt":             "a\n",
	"b/b.go":            "package b\n",
	"b/c/run.sh":        "#!/bin/sh\r\n\x00\xff no text",
	"b/made_by_tool.go": "package b // made\n",
}

func folder(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range before {
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(content), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// files are all files in a folder, without what the tree keeps aside, and all
// folders that are empty.
func files(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(at string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, at)
		if entry.IsDir() {
			inside, err := os.ReadDir(at)
			if name == ".data" {
				return fs.SkipDir
			}
			if len(inside) == 0 {
				found[name+"/"] = ""
			}
			return err
		}
		content, err := os.ReadFile(at)
		found[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func wantBefore(t *testing.T, root string) {
	t.Helper()
	if got := files(t, root); !maps.Equal(got, before) {
		t.Errorf("the files are now\n%q\nwant them as they were\n%q", got, before)
	}
}

// plan plans a change of every kind.
func plan(t *testing.T, root string) *tree.Tree {
	t.Helper()
	planned := tree.Open(root)
	err := errors.Join(
		planned.Write("a.txt", []byte("changed\n")),
		planned.Write("new/deep/n.go", []byte("package n;func  F( ) {}")),
		planned.Remove("b/c/run.sh"),
		planned.Generates("b/made_by_tool.go", "new/made.txt"),
	)
	if err != nil {
		t.Fatal(err)
	}
	return planned
}

// generate is a tool that writes what it is expected to.
func generate(root string) tree.Step {
	return func(context.Context) error {
		return errors.Join(
			os.WriteFile(filepath.Join(root, "b/made_by_tool.go"), []byte("package b // made again\n"), 0o644),
			os.WriteFile(filepath.Join(root, "new/made.txt"), []byte("made"), 0o644),
		)
	}
}

func TestTree_changesNothingBeforeApply(t *testing.T) {
	t.Parallel()
	root := folder(t)
	planned := plan(t, root)

	wantBefore(t, root)
	if content, err := planned.Read("new/deep/n.go"); err != nil || string(content) != "package n\n\nfunc F() {}\n" {
		t.Errorf("planned is %q, %v", content, err)
	}
	if planned.Exists("b/c/run.sh") {
		t.Error("the removed file still exists")
	}
}

func TestApply_writesFilesAndRunsSteps(t *testing.T) {
	t.Parallel()
	root := folder(t)
	planned := plan(t, root)

	err := planned.Apply(t.Context(), generate(root))

	want := map[string]string{
		"a.txt": "changed\n", "b/b.go": "package b\n", "b/made_by_tool.go": "package b // made again\n",
		"new/deep/n.go": "package n\n\nfunc F() {}\n", "new/made.txt": "made",
	}
	if got := files(t, root); err != nil || !maps.Equal(got, want) {
		t.Errorf("the files are %q, %v; want %q", got, err, want)
	}
	var said []string
	for _, change := range planned.Changes() {
		said = append(said, string(change.Kind)+" "+change.File)
	}
	if got := strings.Join(said, ", "); got != "changed a.txt, removed b/c/run.sh, changed b/made_by_tool.go, created new/deep/n.go, created new/made.txt" {
		t.Errorf("said is %s", got)
	}
	if info, err := os.Stat(filepath.Join(root, "a.txt")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v, %v; want it as it was", info.Mode(), err)
	}
	if err := planned.Apply(t.Context()); err != nil {
		t.Errorf("applying again: %v", err)
	}
}

func TestApply_restoresTreeIfStepFails(t *testing.T) {
	t.Parallel()
	root := folder(t)
	broken := errors.New("broken")

	err := plan(t, root).Apply(t.Context(), generate(root), func(context.Context) error { return broken })

	if !errors.Is(err, broken) {
		t.Errorf("failed with %v", err)
	}
	wantBefore(t, root)
}

func TestApply_restoresTreeIfFileCannotBeWritten(t *testing.T) {
	t.Parallel()
	root := folder(t)
	planned := plan(t, root)
	if err := planned.Write("z/z.txt", []byte("z")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "z"), []byte("in the way"), 0o644); err != nil {
		t.Fatal(err)
	}

	err := planned.Apply(t.Context())

	_ = os.Remove(filepath.Join(root, "z"))
	if err == nil {
		t.Error("it did not fail")
	}
	wantBefore(t, root)
}

func TestApply_restoresTreeIfInterrupted(t *testing.T) {
	t.Parallel()
	root := folder(t)
	ctx, interrupt := context.WithCancel(t.Context())

	err := plan(t, root).Apply(ctx, generate(root), func(context.Context) error {
		interrupt()
		return nil
	})

	if !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	wantBefore(t, root)
}

// The process is killed in the middle: the next one puts things back.
func TestRecover_undoesKilledRun(t *testing.T) {
	t.Parallel()
	if root := os.Getenv("TREE_TEST_KILLED_IN"); root != "" {
		_ = plan(t, root).Apply(t.Context(), generate(root), func(context.Context) error {
			os.Exit(9)
			return nil
		})
		return
	}
	root := killed(t)

	recovered, err := tree.Recover(root)

	if err != nil || !recovered {
		t.Errorf("recovered: %v, %v", recovered, err)
	}
	wantBefore(t, root)
	if again, err := tree.Recover(root); again || err != nil {
		t.Errorf("there is still something to recover: %v, %v", again, err)
	}
}

// killed is a folder in which a process was killed in the middle of plan.
func killed(t *testing.T) string {
	t.Helper()
	root := folder(t)
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRecover_undoesKilledRun$")
	child.Env = append(os.Environ(), "TREE_TEST_KILLED_IN="+root)
	if output, err := child.CombinedOutput(); child.ProcessState.ExitCode() != 9 {
		t.Fatalf("the child ended with %v:\n%s", err, output)
	}
	if maps.Equal(files(t, root), before) {
		t.Fatal("the child changed nothing")
	}
	return root
}

func edit(t *testing.T, root, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRecover_keepsEditedFiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a.txt", "new/deep/n.go", "b/c/run.sh"} {
		root := killed(t)
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		edit(t, root, name, "mine\n")
		want := maps.Clone(before)
		want[name] = "mine\n"

		for range 2 { // until undo.json is deleted
			_, err := tree.Recover(root)

			if !errors.Is(err, tree.ErrNotRestored) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), ".data/gen/undo.json") {
				t.Errorf("failed with %v, want %s and the journal named", err, name)
			}
			if got := files(t, root); !maps.Equal(got, want) {
				t.Errorf("the files are\n%q\nwant\n%q", got, want)
			}
		}
		if err := os.Remove(filepath.Join(root, ".data/gen/undo.json")); err != nil {
			t.Fatal(err)
		}
		if recovered, err := tree.Recover(root); recovered || err != nil {
			t.Errorf("it is settled, and yet: %v, %v", recovered, err)
		}
	}
}

func TestRecover_acceptsRestoredFiles(t *testing.T) {
	t.Parallel()
	root := killed(t)
	edit(t, root, "a.txt", before["a.txt"])

	recovered, err := tree.Recover(root)

	if err != nil || !recovered {
		t.Errorf("recovered: %v, %v", recovered, err)
	}
	wantBefore(t, root)
}

// Other files can change while one is still edited.
func TestRecover_restoresOnce(t *testing.T) {
	t.Parallel()
	root := killed(t)
	edit(t, root, "a.txt", "mine\n")
	if _, err := tree.Recover(root); !errors.Is(err, tree.ErrNotRestored) {
		t.Fatalf("failed with %v", err)
	}
	edit(t, root, "b/made_by_tool.go", "package b // made since\n")

	_, err := tree.Recover(root)

	if got := files(t, root)["b/made_by_tool.go"]; got != "package b // made since\n" || !errors.Is(err, tree.ErrNotRestored) {
		t.Errorf("the file is %q, failed with %v", got, err)
	}
}

// Recovery leaves files alone that the interrupted run did not change.
func TestRecover_ignoresOtherEdits(t *testing.T) {
	t.Parallel()
	root := killed(t)
	edit(t, root, "b/b.go", "package b // mine\n")

	_, err := tree.Recover(root)

	if got := files(t, root)["b/b.go"]; err != nil || got != "package b // mine\n" {
		t.Errorf("the file is %q, %v", got, err)
	}
}

// A generated file may have been edited, so a copy is kept.
func TestRecover_copiesGeneratedFiles(t *testing.T) {
	t.Parallel()
	root := killed(t)
	edit(t, root, "b/made_by_tool.go", "package b // mine\n")

	_, err := tree.Recover(root)

	if err != nil {
		t.Error(err)
	}
	wantBefore(t, root)
	kept, err := os.ReadFile(filepath.Join(root, ".data/gen/replaced/b/made_by_tool.go"))
	if err != nil || string(kept) != "package b // mine\n" {
		t.Errorf("kept is %q, %v", kept, err)
	}
}

func TestInterrupted_changesNothing(t *testing.T) {
	t.Parallel()
	root := killed(t)
	left := files(t, root)

	interrupted, err := tree.Interrupted(root)

	if err != nil || !interrupted || !maps.Equal(files(t, root), left) {
		t.Errorf("interrupted: %v, %v; the files are %q, want %q", interrupted, err, files(t, root), left)
	}
	if recovered, err := tree.Recover(root); err != nil || !recovered {
		t.Errorf("recovered afterwards: %v, %v", recovered, err)
	}
	if interrupted, err := tree.Interrupted(root); err != nil || interrupted {
		t.Errorf("interrupted still: %v, %v", interrupted, err)
	}
}

func TestRecover_failsWhileGeneratorRuns(t *testing.T) {
	t.Parallel()
	root := folder(t)
	var during error

	err := plan(t, root).Apply(t.Context(), func(context.Context) error {
		_, during = tree.Recover(root)
		return nil
	})

	if err != nil || during == nil || files(t, root)["a.txt"] != "changed\n" {
		t.Errorf("the run ended with %v, recovering with %v; the files are %q", err, during, files(t, root))
	}
}

// A run that fails does not overwrite manual edits either.
func TestApply_keepsFilesEditedInTheMeantime(t *testing.T) {
	t.Parallel()
	root := folder(t)
	broken := errors.New("broken")

	err := plan(t, root).Apply(t.Context(), func(context.Context) error {
		edit(t, root, "a.txt", "mine\n")
		return broken
	})

	if got := files(t, root)["a.txt"]; got != "mine\n" || !errors.Is(err, broken) || !errors.Is(err, tree.ErrNotRestored) {
		t.Errorf("the file is %q, failed with %v", got, err)
	}
}

func TestApply_failsAfterInterruptedRun(t *testing.T) {
	t.Parallel()
	root := killed(t)
	other := tree.Open(root)
	if err := other.Write("other.txt", []byte("other")); err != nil {
		t.Fatal(err)
	}

	err := other.Apply(t.Context())

	if err == nil {
		t.Error("it did not fail")
	}
	if _, err := tree.Recover(root); err != nil {
		t.Error(err)
	}
	wantBefore(t, root)
}

func TestApply_runsOnceAtATime(t *testing.T) {
	t.Parallel()
	root := folder(t)
	var second error

	err := plan(t, root).Apply(t.Context(), func(ctx context.Context) error {
		other := tree.Open(root)
		if err := other.Write("other.txt", []byte("other")); err != nil {
			return err
		}
		second = other.Apply(ctx)
		return nil
	})

	if err != nil || second == nil {
		t.Errorf("the first returned %v, the second %v; want the second rejected", err, second)
	}
}

func TestTree_rejectsPathsOutside(t *testing.T) {
	t.Parallel()
	root := folder(t)
	if err := os.Symlink(t.TempDir(), filepath.Join(root, "link.go")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../x", "/etc/x", "a/../../x", "a/./x", "", ".", "b/", "link.go"} {
		if err := tree.Open(root).Write(name, []byte("package x\n")); err == nil {
			t.Errorf("%q may be written", name)
		}
	}
}

func TestTree_rejectsInvalidGo(t *testing.T) {
	t.Parallel()
	planned := tree.Open(folder(t))

	if err := planned.Write("x.go", []byte("package x\nfunc {")); err == nil {
		t.Error("accepted invalid Go")
	}
	if err := planned.Write("x.templ", []byte("package x\ntempl a( {")); err == nil {
		t.Error("accepted an invalid template")
	}
	if changes := planned.Changes(); len(changes) != 0 {
		t.Errorf("planned are %v", changes)
	}
}

func TestTree_listsPlannedFiles(t *testing.T) {
	t.Parallel()
	planned := plan(t, folder(t))

	inB, err := planned.List("b")
	if err != nil || strings.Join(inB, " ") != "b/b.go b/made_by_tool.go" {
		t.Errorf("in b are %v, %v", inB, err)
	}
	inNew, err := planned.List("new/deep")
	if err != nil || strings.Join(inNew, " ") != "new/deep/n.go" {
		t.Errorf("in new/deep are %v, %v", inNew, err)
	}
	folders, err := planned.Folders("b")
	if err != nil || len(folders) != 0 {
		t.Errorf("below b are %v, %v; want none: the only file is planned for removal", folders, err)
	}
}
