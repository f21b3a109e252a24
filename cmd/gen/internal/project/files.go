// Package project changes what a project consists of, for new, core-package and
// destroy.
//
// # Optional packages
//
// A project can do without core/realtime, core/events and core/jobs, and without
// every feature except accounts and authentication. What a feature needs is read
// from its imports: without a core package, the features that import it are
// removed, and those that import these. Folders and migrations belong to the
// package or feature that they are named for (see needsOfPath), and shared tests
// need what they import. Other shared files say with directives which of their
// lines need what (see filter).
//
// # Removing and restoring
//
// A project that lost a core package keeps what was removed in one text file,
// Archive: the package, the template's features that needed it, and the complete
// shared files. To restore a package, every shared file is merged: the difference
// between what it was without the package and what it is with it is applied to
// what it is now. If a file can't be merged, it is named and nothing changes.
package project

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

	"example.com/pergola/cmd/gen/internal/git"
	"example.com/pergola/cmd/gen/internal/usage"
)

// Files holds the files of a project by name, with slashes.
type Files map[string]File

// File is the content of a file.
type File struct {
	Content []byte
	Mode    fs.FileMode
}

// Text reports whether the file is text.
func (f File) Text() bool { return !bytes.ContainsRune(f.Content, 0) }

// with returns the file with other content.
func (f File) with(content []byte) File { return File{Content: content, Mode: f.Mode} }

// names returns the names of the files, sorted.
func (f Files) names() []string { return slices.Sorted(maps.Keys(f)) }

// below returns the names of the files in a folder, sorted.
func (f Files) below(folder string) []string {
	return slices.DeleteFunc(f.names(), func(name string) bool { return !strings.HasPrefix(name, folder+"/") })
}

// Tracked returns the files that git tracks, as they are in the working tree.
func Tracked(ctx context.Context, root string) (Files, error) {
	return list(ctx, root, "--cached")
}

// Present returns the files that git tracks and those that it doesn't ignore.
func Present(ctx context.Context, root string) (Files, error) {
	return list(ctx, root, "--cached", "--others", "--exclude-standard")
}

// Unsaved returns the names of the files that git could not restore as they are
// now, sorted: untracked ones, and those that were edited since they were staged
// or committed.
func Unsaved(ctx context.Context, root string) ([]string, error) {
	names, err := gitNames(ctx, root, "--modified", "--others", "--exclude-standard")
	slices.Sort(names)
	return slices.Compact(names), err
}

// gitNames returns the names of files that git lists.
func gitNames(ctx context.Context, root string, which ...string) ([]string, error) {
	output, err := git.Run(ctx, root, append([]string{"ls-files", "-z"}, which...)...)
	if errors.Is(err, git.ErrNoRepository) {
		return nil, usage.Errorf("%s is not a git repository, which this command needs: run `git init` and `git add -A` there", root)
	}
	if err != nil {
		return nil, err
	}
	names := strings.Split(string(output), "\x00")
	return names[:len(names)-1], nil // each ends with a NUL
}

func list(ctx context.Context, root string, which ...string) (Files, error) {
	names, err := gitNames(ctx, root, which...)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, "go.mod") {
		return nil, usage.Errorf("%s is in a git repository that does not track it, which this command needs: run `git init` and `git add -A` there", root)
	}
	found := Files{}
	for _, name := range names {
		at := filepath.Join(root, filepath.FromSlash(name))
		info, err := os.Lstat(at)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted, but not in git yet
		}
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			continue // a symbolic link
		}
		content, err := os.ReadFile(at)
		if err != nil {
			return nil, err
		}
		found[name] = File{Content: content, Mode: info.Mode().Perm()}
	}
	return found, nil
}

// Write writes all files to an empty folder.
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

// run runs a program and returns its output. What it writes to standard error is
// part of the error.
func run(ctx context.Context, folder, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = folder
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("`%s %s`: %w\n%s", program, strings.Join(args, " "), err, bytes.TrimSpace(append(complaints.Bytes(), output...)))
	}
	return output, nil
}
