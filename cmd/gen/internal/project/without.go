package project

import (
	"fmt"
	"path"
	"strings"
)

// Without returns the project without some core packages and features: without
// their files, and without the lines that directives say need them. Links to
// missing files become plain text. It fails if a directive is malformed.
func (f Files) Without(gone ...string) (Files, error) { return f.without(nil, gone) }

// without does the same for files that may link to others.
func (f Files) without(others Files, gone []string) (Files, error) {
	has := except(gone)
	left, features := Files{}, f.Features()
	for name, file := range f {
		keep, content, err := filtered(name, file, has)
		if err != nil {
			return nil, err
		}
		if keep {
			content = withoutAssembly(name, content, has, features)
			if content, err = formatted(name, file.Content, content); err != nil {
				return nil, err
			}
			left[name] = file.with(content)
		}
	}
	left.dropOrphans(f)
	if err := left.dropNpmPackages(f, has); err != nil {
		return nil, err
	}
	left.unlink(others)
	return left, nil
}

// filtered returns what remains of a file, if anything.
func filtered(name string, file File, has has) (keep bool, content []byte, err error) {
	if !needsOfPath(name).holds(has) {
		return false, nil, nil
	}
	if !file.Text() || !hasDirectives(name) {
		return true, file.Content, nil
	}
	lines := linesOf(name, file.Content)
	// A shared test says what it needs by its imports: one that only visits the
	// pages of a feature has a blank import of it.
	if strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(name, "features/") && importsMissing(lines, has) {
		return false, nil, nil
	}
	keep, content, err = filter(lines, has)
	if err != nil {
		return false, nil, fmt.Errorf("%s: %w", name, err)
	}
	return keep, content, nil
}

// hasDirectives reports whether a file may have directives. Generated files
// repeat those of their sources, and this package explains them.
func hasDirectives(name string) bool {
	return name != Archive && !strings.HasPrefix(name, "cmd/gen/internal/project/") && !Generated(name)
}

// Generated reports whether ./task generate writes the file.
func Generated(name string) bool {
	return strings.HasSuffix(name, "_templ.go") || path.Base(name) == "wire_gen.go" || strings.Contains(path.Base(name), ".gen.")
}

// dropOrphans removes what templ generated from files that are gone.
func (f Files) dropOrphans(before Files) {
	for _, name := range f.names() {
		source := strings.TrimSuffix(name, "_templ.go") + ".templ"
		_, was := before[source]
		if _, is := f[source]; strings.HasSuffix(name, "_templ.go") && was && !is {
			delete(f, name)
		}
	}
}
