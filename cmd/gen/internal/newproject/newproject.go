// Package newproject copies the template under a new name.
//
// A project has the template's files, as git tracks them, with its own name in
// the place of the template's: module path, application name, database, cookie,
// titles. Its history begins anew. Pictures that show the template are left
// out.
//
// Nothing is at the place of the project until all of it is: it is made beside
// it and moved there last.
package newproject

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"example.com/pergola/cmd/gen/internal/misuse"
	"example.com/pergola/cmd/gen/internal/parts"
)

// Wanted is what somebody asks for.
type Wanted struct {
	Template string // the checkout that is copied
	Folder   string // where the project is to be
	Module   string // its module path
	Title    string // what the site calls itself; "" makes it of the module path
	Slim     bool
}

// Make makes the project and says on out what it does. It fails with a misuse,
// and leaves nothing behind, if it was asked for what cannot be.
func Make(ctx context.Context, w Wanted, out io.Writer) error {
	name, folder, err := w.check()
	if err != nil {
		return err
	}
	w.Folder = folder
	files, err := parts.Tracked(ctx, w.Template)
	if err != nil {
		return err
	}
	if w.Slim {
		files, err = files.Slim()
	} else {
		files, err = files.Project()
	}
	if err != nil {
		return err
	}
	if files, err = renamed(files, files.Module(), name); err != nil {
		return err
	}
	if err := neutral(files); err != nil {
		return err
	}
	return w.build(ctx, files, name, out)
}

// Check fails as Make would, with a misuse, and makes nothing.
func Check(w Wanted) error {
	_, _, err := w.check()
	return err
}

func (w Wanted) check() (name, string, error) {
	n, err := w.name()
	if err != nil {
		return name{}, "", err
	}
	folder, err := w.place()
	return n, folder, err
}

// place is the folder, whole. Refused is what is not empty, what is in the
// template, and what the template is in.
func (w Wanted) place() (string, error) {
	folder, err := filepath.Abs(w.Folder)
	if err != nil {
		return "", err
	}
	parent, err := filepath.EvalSymlinks(filepath.Dir(folder))
	if err != nil {
		return "", misuse.New("%s cannot be made: there is no folder %s", w.Folder, filepath.Dir(folder))
	}
	template, err := filepath.Abs(w.Template)
	if err == nil {
		template, err = filepath.EvalSymlinks(template)
	}
	if err != nil {
		return "", err
	}
	folder = filepath.Join(parent, filepath.Base(folder))
	switch info, err := os.Lstat(folder); {
	case isWithin(folder, template):
		return "", misuse.New("%s is in the template: choose a folder beside it, such as ../shop", w.Folder)
	case errors.Is(err, os.ErrNotExist):
		return folder, nil
	case err != nil:
		return "", err
	case !info.IsDir():
		return "", misuse.New("%s is there already, and is no folder: choose another place", w.Folder)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	if len(entries) > 0 {
		return "", misuse.New("%s is not empty: choose a folder that is, or that is not there yet", w.Folder)
	}
	return folder, nil
}

func isWithin(folder, other string) bool {
	way, err := filepath.Rel(other, folder)
	return err == nil && way != ".." && !strings.HasPrefix(way, ".."+string(filepath.Separator))
}

// build makes the project beside its place and moves it there.
func (w Wanted) build(ctx context.Context, files parts.Files, name name, out io.Writer) (err error) {
	// templ looks into no folder whose name begins with a dot.
	draft, err := os.MkdirTemp(filepath.Dir(w.Folder), filepath.Base(w.Folder)+"-in-the-making-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(draft) }()
	if err := os.Chmod(draft, 0o755); err != nil {
		return err
	}
	if err := files.Write(draft); err != nil {
		return err
	}
	for _, step := range w.steps(draft, name) {
		fmt.Fprintln(out, "·", step.says)
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	if err := os.Remove(w.Folder); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Rename(draft, w.Folder)
}

// step is a part of making a project that takes a while.
type step struct {
	says string
	do   func(context.Context) error
}

func (w Wanted) steps(folder string, name name) []step {
	return []step{
		{"what is generated is written anew", func(ctx context.Context) error { return generate(ctx, folder) }},
		{"go.mod is tidied", func(ctx context.Context) error { return run(ctx, folder, "go", "mod", "tidy") }},
		{"its history begins", func(ctx context.Context) error { return begin(ctx, folder, name) }},
	}
}

// generate builds the project, too, in order to ask it for its channels. What
// wire has written for the template would hold on to what was cut out.
func generate(ctx context.Context, folder string) error {
	if err := os.Remove(filepath.Join(folder, "cmd", "web", "wire_gen.go")); err != nil {
		return err
	}
	return run(ctx, folder, "./task", "generate")
}

// begin makes the first commit, in the name of whoever git knows.
func begin(ctx context.Context, folder string, name name) error {
	if err := run(ctx, folder, "git", "init", "-q", "-b", "main"); err != nil {
		return err
	}
	if err := run(ctx, folder, "git", "add", "-A"); err != nil {
		return err
	}
	commit := []string{"git"}
	if run(ctx, folder, "git", "config", "user.email") != nil {
		commit = append(commit, "-c", "user.name="+name.title, "-c", "user.email="+name.word+"@localhost")
	}
	return run(ctx, folder, append(commit, "commit", "-q", "-m", name.title+" begins")...)
}

// run runs a program; what it says is the error if it fails.
func run(ctx context.Context, folder string, args ...string) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = folder
	said, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	if err != nil {
		return fmt.Errorf("`%s`: %w\n%s", strings.Join(args, " "), err, strings.TrimSpace(string(said)))
	}
	return nil
}
