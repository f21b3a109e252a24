// Package parts turns the template into projects, and a project into one
// with more or with less in it: new, core-package and destroy feature.
//
// # Parts
//
// What a project may do without is a part: a package of core (realtime, events,
// jobs), a feature, or what only the template itself needs. A folder belongs to
// its part (core/realtime, features/blog, migrations of the same owner). Where
// a shared file speaks of a part, a comment says so, and so do files that
// belong to a part and stand elsewhere. Cutting a part removes its files and
// what is marked as its own. What is left needs no mending: the marks are the
// only place that knows, and tests build what each cut leaves. The grammar of
// marks is described at cut.
//
// # What a slim project carries
//
// A slim project carries what was cut of core in one text file, Archive. To
// bring a package back, every shared file is merged: from what it was when it
// was cut to what it is with the package, applied to what it is today. What
// cannot be merged is named, and then nothing is changed.
package parts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/usage"
)

// Files are those of a project by their name, with slashes.
type Files map[string]File

// File is what stands in a file.
type File struct {
	Content []byte
	Mode    fs.FileMode
}

// Text reports whether the content is text rather than a picture.
func (f File) Text() bool { return !bytes.ContainsRune(f.Content, 0) }

// with is the file with other content.
func (f File) with(content []byte) File { return File{Content: content, Mode: f.Mode} }

// names are those of the files, sorted.
func (f Files) names() []string { return slices.Sorted(maps.Keys(f)) }

// below are the files in a folder.
func (f Files) below(folder string) []string {
	return slices.DeleteFunc(f.names(), func(name string) bool { return !strings.HasPrefix(name, folder+"/") })
}

// Tracked are the files that git tracks, as they are now: what a new project
// is made of.
func Tracked(ctx context.Context, root string) (Files, error) {
	return list(ctx, root, "--cached")
}

// Present are those and the ones that git does not ignore: what a project
// consists of while somebody works on it.
func Present(ctx context.Context, root string) (Files, error) {
	return list(ctx, root, "--cached", "--others", "--exclude-standard")
}

// Unsaved are the names of the files that git could not bring back as they are
// now, sorted: those that it was never told of, and those that were edited since
// they were committed or staged.
func Unsaved(ctx context.Context, root string) ([]string, error) {
	names, err := gitNames(ctx, root, "--modified", "--others", "--exclude-standard")
	slices.Sort(names)
	return slices.Compact(names), err
}

// gitNames are the names of files that git lists.
func gitNames(ctx context.Context, root string, which ...string) ([]string, error) {
	output, err := run(ctx, root, "git", append([]string{"ls-files", "-z"}, which...)...)
	if err != nil {
		return nil, usage.Errorf("%s is no git checkout, and git says what belongs to a project: run git init and git add in it", root)
	}
	names := strings.Split(string(output), "\x00")
	return names[:len(names)-1], nil // each ends with a zero
}

func list(ctx context.Context, root string, which ...string) (Files, error) {
	names, err := gitNames(ctx, root, which...)
	if err != nil {
		return nil, err
	}
	found := Files{}
	for _, name := range names {
		at := filepath.Join(root, filepath.FromSlash(name))
		info, err := os.Lstat(at)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted, and git was not told yet
		}
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			continue // a link to what somebody keeps elsewhere
		}
		content, err := os.ReadFile(at)
		if err != nil {
			return nil, err
		}
		found[name] = File{Content: content, Mode: info.Mode().Perm()}
	}
	return found, nil
}

// Write puts all files into an empty folder.
func (f Files) Write(folder string) error {
	for name, file := range f {
		at := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(at, file.Content, file.Mode); err != nil {
			return err
		}
	}
	return nil
}

// run is a program's output, or an error with what it says.
func run(ctx context.Context, folder, program string, args ...string) ([]byte, error) {
	output, code, err := runForCode(ctx, folder, program, args...)
	if err == nil && code != 0 {
		err = fmt.Errorf("`%s %s` ends with %d:\n%s", program, strings.Join(args, " "), code, strings.TrimSpace(string(output)))
	}
	return output, err
}

// runForCode is what a program says and the code that it ends with; of one that
// fails, what it says on standard error comes first.
func runForCode(ctx context.Context, folder, program string, args ...string) ([]byte, int, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = folder
	var output, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &complaints
	err := cmd.Run()
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) && ended.ExitCode() > 0 && ctx.Err() == nil {
		if complaints.Len() > 0 {
			return append(complaints.Bytes(), output.Bytes()...), ended.ExitCode(), nil
		}
		return output.Bytes(), ended.ExitCode(), nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", program, err)
	}
	return output.Bytes(), 0, nil
}
