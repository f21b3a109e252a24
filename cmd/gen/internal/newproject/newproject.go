// Package newproject turns the template into a project with a name of its own.
//
// A project starts from the files that git tracks in the template, without
// those that only the template needs (templateFiles) and, if it is minimal,
// without the optional packages and example features. The template's name is replaced everywhere:
// module path, application name, database, cookie, titles. The file
// template.json records the template's version and the options. The first
// commit is on the branch main and on the branch template, so that a newer
// template can be merged later.
//
// The project is built in a temporary folder next to its destination and moved
// there last, so a failure leaves nothing behind; only if git fails, the project is
// kept without a commit.
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

	"example.com/pergola/cmd/gen/internal/git"
	"example.com/pergola/cmd/gen/internal/project"
	"example.com/pergola/cmd/gen/internal/usage"
)

// Options say what to create.
type Options struct {
	Template string // the checkout to copy
	Folder   string // where to create the project
	Module   string // the module path
	Title    string // the name of the site; derived from the module path if empty
	Minimal  bool   // without optional packages and example features
}

// Create creates the project and reports its progress to out. It returns a
// usage error if the options are invalid. If it fails, it leaves nothing behind,
// except if the error says that the project is complete but not committed.
func Create(ctx context.Context, o Options, out io.Writer) error {
	name, folder, err := o.check()
	if err != nil {
		return err
	}
	o.Folder = folder
	files, err := project.Tracked(ctx, o.Template)
	if err != nil {
		return err
	}
	if files, err = o.projectFiles(ctx, files, name); err != nil {
		return err
	}
	return o.build(ctx, files, name, out)
}

// projectFiles returns the files of the project, before generated code is
// written.
func (o Options) projectFiles(ctx context.Context, template project.Files, name name) (project.Files, error) {
	files, err := WithoutTemplateFiles(template)
	if err != nil {
		return nil, err
	}
	if err := reserveStarter(files); err != nil {
		return nil, err
	}
	if o.Minimal {
		files, err = files.Minimal()
	} else {
		files, err = files.Without()
	}
	if err != nil {
		return nil, err
	}
	if files, err = renamed(files, files.Module(), name); err != nil {
		return nil, err
	}
	if err := removeName(files); err != nil {
		return nil, err
	}
	made := project.Record{Template: oldTitle, Version: templateVersion(ctx, o.Template), Module: name.module, Title: name.title, Minimal: o.Minimal, Features: files.Features()}
	if files[project.RecordFile], err = made.File(); err != nil {
		return nil, err
	}
	return files, addStarter(files, starterData{Record: made, Word: name.word})
}

// Check returns the usage error that Create would, without creating anything.
func Check(o Options) error {
	_, _, err := o.check()
	return err
}

func (o Options) check() (name, string, error) {
	n, err := o.name()
	if err != nil {
		return name{}, "", err
	}
	folder, err := o.destination()
	return n, folder, err
}

// destination returns the absolute path of the folder. It rejects one that is
// not empty, and one inside the template.
func (o Options) destination() (string, error) {
	folder, err := filepath.Abs(o.Folder)
	if err != nil {
		return "", err
	}
	parent, err := filepath.EvalSymlinks(filepath.Dir(folder))
	if err != nil {
		return "", usage.Errorf("cannot create %s: the folder %s does not exist", o.Folder, filepath.Dir(folder))
	}
	template, err := filepath.Abs(o.Template)
	if err == nil {
		template, err = filepath.EvalSymlinks(template)
	}
	if err != nil {
		return "", err
	}
	folder = filepath.Join(parent, filepath.Base(folder))
	switch info, err := os.Lstat(folder); {
	case isWithin(folder, template):
		return "", usage.Errorf("%s is inside the template: choose a folder next to it, such as ../shop", o.Folder)
	case errors.Is(err, os.ErrNotExist):
		return folder, nil
	case err != nil:
		return "", err
	case !info.IsDir():
		return "", usage.Errorf("%s exists and is not a folder: choose another name", o.Folder)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	if len(entries) > 0 {
		return "", usage.Errorf("%s is not empty: choose a new or an empty folder", o.Folder)
	}
	return folder, nil
}

func isWithin(folder, other string) bool {
	relative, err := filepath.Rel(other, folder)
	return err == nil && relative != ".." && !strings.HasPrefix(relative, ".."+string(filepath.Separator))
}

// build writes the project to a temporary folder and moves it to its place.
func (o Options) build(ctx context.Context, files project.Files, name name, out io.Writer) (err error) {
	// Not a hidden folder: templ skips those.
	draft, err := os.MkdirTemp(filepath.Dir(o.Folder), filepath.Base(o.Folder)+"-draft-")
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
	for _, step := range []struct {
		progress string
		do       func(context.Context) error
	}{
		{"generating code", func(ctx context.Context) error { return generate(ctx, draft) }},
		{"tidying go.mod", func(ctx context.Context) error { return run(ctx, draft, "go", "mod", "tidy") }},
	} {
		fmt.Fprintln(out, "·", step.progress)
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	fmt.Fprintln(out, "· committing")
	author := git.Author{Name: name.title, Email: name.word + "@localhost"}
	notCommitted := git.Start(ctx, draft, "Start "+name.title, author, templateBranch)
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	if notCommitted != nil {
		if err := os.RemoveAll(filepath.Join(draft, ".git")); err != nil {
			return err
		}
	}
	if err := os.Remove(o.Folder); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Rename(draft, o.Folder); err != nil {
		return err
	}
	if notCommitted != nil {
		return fmt.Errorf("%s is complete, but not committed; commit it, and create the branch %s for updates: %w", o.Folder, templateBranch, notCommitted)
	}
	return nil
}

// generate runs ./task generate. The template's wire_gen.go goes first, because
// it may use code that the project does not have.
func generate(ctx context.Context, folder string) error {
	if err := os.Remove(filepath.Join(folder, "cmd", "web", "wire_gen.go")); err != nil {
		return err
	}
	return run(ctx, folder, "./task", "generate")
}

// templateBranch holds the project as the template made it.
const templateBranch = "template"

// run runs a program. Its output becomes part of the error if it fails.
func run(ctx context.Context, folder string, args ...string) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = folder
	output, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	if err != nil {
		return fmt.Errorf("`%s`: %w\n%s", strings.Join(args, " "), err, strings.TrimSpace(string(output)))
	}
	return nil
}
