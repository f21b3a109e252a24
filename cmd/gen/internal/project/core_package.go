package project

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/git"
	"example.com/pergola/cmd/gen/internal/usage"
)

const (
	goMod = "go.mod"
	goSum = "go.sum"
)

// WithCore returns the project with a core package from its Archive, and with the
// features of the Archive that now have all they import, which it also names.
// Changes that were made in the meantime are kept: every shared file is merged. It
// returns nil if the package is there already, and fails with a usage error if
// there is no such package. If files can't be merged, the error names them.
func (f Files) WithCore(ctx context.Context, name string) (with Files, restored []string, err error) {
	if !slices.Contains(corePackages, name) {
		return nil, nil, usage.Errorf("%q is not an optional core package: use one of %s", name, CorePackages())
	}
	missing := f.missing()
	if !slices.Contains(missing, name) {
		return nil, nil, nil
	}
	archived, err := f.archived()
	if err != nil {
		return nil, nil, err
	}
	all := maps.Clone(archived)
	maps.Copy(all, f)
	before := f.Features()
	missingAfter := slices.DeleteFunc(slices.Clone(missing), func(other string) bool { return other == name })
	after := all.supported(missingAfter)
	restored = slices.DeleteFunc(slices.Clone(after), func(feature string) bool { return slices.Contains(before, feature) })

	base, err := archived.without(f, slices.Concat(missing, archived.featuresExcept(before)))
	if err != nil {
		return nil, nil, err
	}
	complete, err := archived.without(f, slices.Concat(missingAfter, archived.featuresExcept(slices.Concat(before, restored))))
	if err != nil {
		return nil, nil, err
	}
	with, err = f.merged(ctx, base, complete)
	if err != nil {
		return nil, nil, err
	}
	delete(with, Archive)
	if len(missingAfter) > 0 {
		with[Archive] = archive(archived, complete)
	}
	return with, restored, with.recordFeatures(func(features []string) []string {
		return slices.Sorted(slices.Values(append(features, restored...)))
	})
}

// featuresExcept returns the features that are not in the list.
func (f Files) featuresExcept(list []string) []string {
	return slices.DeleteFunc(f.Features(), func(feature string) bool { return slices.Contains(list, feature) })
}

// merged applies the difference between two states to the project.
func (f Files) merged(ctx context.Context, base, complete Files) (Files, error) {
	result := maps.Clone(f)
	var conflicts []string
	for _, name := range complete.names() {
		before, shared := base[name]
		present, exists := f[name]
		after := complete[name]
		switch {
		case name == goMod || name == goSum || name == RecordFile:
		case shared && bytes.Equal(before.Content, after.Content):
		case !shared && !exists:
			result[name] = after
		case !exists: // the owner removed it
		case Generated(name) || bytes.Equal(present.Content, after.Content):
		default:
			content, clean, err := merge(ctx, name, present.Content, before.Content, after.Content)
			if err != nil {
				return nil, err
			}
			if !clean {
				conflicts = append(conflicts, name)
			}
			result[name] = present.with(content)
		}
	}
	if len(conflicts) > 0 {
		return nil, fmt.Errorf("your changes conflict with lines of the package in %s: restore these files to their state in the branch template, run the command again, and repeat your changes", strings.Join(conflicts, ", "))
	}
	return result, result.requireModules(ctx, complete)
}

// merge applies the difference between base and theirs to ours. It reports
// whether that was possible.
func merge(ctx context.Context, name string, ours, base, theirs []byte) (content []byte, clean bool, err error) {
	content, clean, err = mergeFile(ctx, ours, base, theirs)
	if err != nil || clean {
		return content, clean, err
	}
	inserted, ok := insertLines(ours, base, theirs)
	if !ok {
		return content, false, nil
	}
	content, err = formatted(name, ours, inserted)
	return content, err == nil, nil
}

// mergeFile merges as git does.
func mergeFile(ctx context.Context, ours, base, theirs []byte) (content []byte, clean bool, err error) {
	folder, err := os.MkdirTemp("", "merge-")
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	for name, content := range map[string][]byte{"ours": ours, "base": base, "theirs": theirs} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			return nil, false, err
		}
	}
	content, err = git.Command(ctx, folder, "merge-file", "-p", "-q", "ours", "base", "theirs").Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() > 0 && ctx.Err() == nil {
		return content, false, nil // the code is the number of conflicts
	}
	return content, err == nil, err
}

// requireModules adds to go.mod the requirements of the archived one. go mod tidy
// removes those that nothing needs.
func (f Files) requireModules(ctx context.Context, archived Files) error {
	folder, err := os.MkdirTemp("", "modules-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	ours, theirs := filepath.Join(folder, "ours.mod"), filepath.Join(folder, "theirs.mod")
	for name, content := range map[string][]byte{ours: f[goMod].Content, theirs: archived[goMod].Content} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			return err
		}
	}
	have, err := required(ctx, folder, ours)
	if err != nil {
		return err
	}
	wanted, err := required(ctx, folder, theirs)
	if err != nil {
		return err
	}
	edit := []string{"mod", "edit"}
	for module, version := range wanted {
		if have[module] == "" {
			edit = append(edit, "-require="+module+"@"+version)
		}
	}
	if len(edit) == 2 {
		return nil
	}
	slices.Sort(edit[2:])
	if _, err := run(ctx, folder, "go", append(edit, ours)...); err != nil {
		return err
	}
	content, err := os.ReadFile(ours)
	if err != nil {
		return err
	}
	f[goMod] = f[goMod].with(content)
	f[goSum] = f[goSum].with(mergeSums(f[goSum].Content, archived[goSum].Content))
	return nil
}

// mergeSums returns the lines of both, sorted, without duplicates.
func mergeSums(a, b []byte) []byte {
	lines := strings.Split(strings.TrimSpace(string(a)+"\n"+string(b)), "\n")
	slices.Sort(lines)
	return []byte(strings.Join(slices.Compact(slices.DeleteFunc(lines, func(l string) bool { return l == "" })), "\n") + "\n")
}
