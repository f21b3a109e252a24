package parts

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/usage"
)

const (
	goMod = "go.mod"
	goSum = "go.sum"
)

// WithCore is the project with a package of core that it carries in its
// Archive. What was changed since it was cut stays as it is: every shared file
// is merged. It returns nil if the package is there already, fails with a usage error
// if there is no such package, and names the files that cannot be merged.
func (f Files) WithCore(ctx context.Context, name string) (Files, error) {
	if !slices.Contains(corePackages, name) {
		return nil, usage.Errorf("%q is no package that can be brought back: there are %s", name, CorePackages())
	}
	missing := f.missing()
	if !slices.Contains(missing, name) {
		return nil, nil
	}
	carried, err := f.unpacked()
	if err != nil {
		return nil, err
	}
	cut, err := carried.without(f, missing...)
	if err != nil {
		return nil, err
	}
	whole, err := carried.without(f, slices.DeleteFunc(missing, func(part string) bool { return part == name })...)
	if err != nil {
		return nil, err
	}
	return f.merged(ctx, cut, whole)
}

// merged applies to the project what makes whole of cut.
func (f Files) merged(ctx context.Context, cut, whole Files) (Files, error) {
	result := Files{}
	for name, file := range f {
		result[name] = file
	}
	var conflicts []string
	for _, name := range whole.names() {
		before, shared := cut[name]
		present, exists := f[name]
		switch {
		case name == goMod || name == goSum:
			continue
		case shared && bytes.Equal(before.Content, whole[name].Content):
		case !shared && !exists:
			result[name] = whole[name]
		case !exists: // removed since: then what is said in it of the package is not wanted either
		case bytes.Equal(present.Content, whole[name].Content):
		default:
			content, clean, err := merge(ctx, present.Content, before.Content, whole[name].Content)
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
		return nil, fmt.Errorf("these files were changed where the package has lines of its own: %s\nput them back to what `new --slim` made of them, run this again, and then make your changes anew", strings.Join(conflicts, ", "))
	}
	return result, result.requireModules(ctx, whole)
}

// merge applies to ours what makes theirs of base. It reports whether that was
// possible.
func merge(ctx context.Context, ours, base, theirs []byte) (content []byte, clean bool, err error) {
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
	content, code, err := runForCode(ctx, folder, "git", "merge-file", "-p", "-q", "ours", "base", "theirs")
	return content, code == 0, err
}

// requireModules adds to go.mod what the carried one requires, at its version;
// go mod tidy leaves out again what nobody needs.
func (f Files) requireModules(ctx context.Context, carried Files) error {
	folder, err := os.MkdirTemp("", "modules-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	ours, theirs := filepath.Join(folder, "ours.mod"), filepath.Join(folder, "theirs.mod")
	for name, content := range map[string][]byte{ours: f[goMod].Content, theirs: carried[goMod].Content} {
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
	f[goSum] = f[goSum].with(bothSums(f[goSum].Content, carried[goSum].Content))
	return nil
}

// bothSums are the lines of both, sorted, each once.
func bothSums(a, b []byte) []byte {
	lines := strings.Split(strings.TrimSpace(string(a)+"\n"+string(b)), "\n")
	slices.Sort(lines)
	return []byte(strings.Join(slices.Compact(slices.DeleteFunc(lines, func(l string) bool { return l == "" })), "\n") + "\n")
}
