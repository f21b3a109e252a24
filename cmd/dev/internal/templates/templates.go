// Package templates keeps the Go code of the .templ files up to date, and lets
// the running application show changed text without a rebuild.
//
// An application that runs with TEMPL_DEV_MODE=true reads the text of its
// templates from files in TEMPL_DEV_MODE_ROOT rather than from its own code.
// As long as only text differs between the compiled template and the one on disk,
// writing that file is sufficient to show the new text.
//
//	set, err := templates.Load(root)
//	…
//	text, err := set.NewText(dir)     // just before the application is built
//	…                                 // run the build with text.Env()
//	effect, err := set.Update("features/blog/views.templ")
//	if effect == templates.Code {
//		…                             // rebuild
//	}
//
// The code that it writes is identical to that of `templ generate`.
package templates

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/a-h/templ/generator"
	"github.com/a-h/templ/parser/v2"

	"example.com/pergola/cmd/dev/internal/watch"
)

// Effect is what a change of a template requires.
type Effect int

const (
	Nothing Effect = iota // the page is the same
	Text                  // new text, which the running application already shows
	Code                  // the application must be rebuilt
)

// Set is the set of all templates below a folder. It is safe for concurrent use.
type Set struct {
	root string

	mu      sync.Mutex
	outputs map[string]generated // by path relative to the root
	texts   []*ApplicationText   // oldest first
}

// generated is the result of compiling a template.
type generated struct {
	generator.GeneratorOutput

	raw  []byte // to which the positions in the source map refer
	code []byte // the same, formatted
}

// Load generates the code of all templates below root. The set is usable even if
// the error says that some templates have mistakes.
func Load(root string) (*Set, error) {
	s := &Set{root: root, outputs: map[string]generated{}}
	var mistakes []error
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if path != root && watch.Ignored(path) {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".templ" {
			return nil
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if _, err := s.Update(filepath.ToSlash(name)); err != nil {
			mistakes = append(mistakes, err)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find templates: %w", err)
	}
	return s, errors.Join(mistakes...)
}

// Update generates the code of a template that was changed or removed, and writes
// the text for every application whose code still matches. The error is that of
// the template: "file:line:column: message".
func (s *Set) Update(name string) (Effect, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := filepath.Join(s.root, filepath.FromSlash(name))
	source, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		delete(s.outputs, name)
		if err := os.Remove(goFile(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Nothing, fmt.Errorf("remove the code of %s: %w", name, err)
		}
		return Code, nil
	}
	if err != nil {
		return Nothing, fmt.Errorf("read %s: %w", name, err)
	}
	output, err := generate(name, source)
	if err != nil {
		return Nothing, err
	}
	if err := writeIfChanged(goFile(path), output.code); err != nil {
		return Nothing, fmt.Errorf("write the code of %s: %w", name, err)
	}
	s.outputs[name] = output
	return s.show(name, output)
}

// show updates the text of the applications; the effect is that on the newest.
func (s *Set) show(name string, output generated) (Effect, error) {
	effect := Code
	for _, text := range s.texts {
		var err error
		if effect, err = text.update(name, output); err != nil {
			return Nothing, fmt.Errorf("write the text of %s: %w", name, err)
		}
	}
	return effect, nil
}

func goFile(path string) string { return strings.TrimSuffix(path, ".templ") + "_templ.go" }

func generate(name string, source []byte) (generated, error) {
	template, err := parser.ParseString(string(source))
	if err != nil {
		return generated{}, fmt.Errorf("%s%w", name, located(err))
	}
	var raw bytes.Buffer
	output, err := generator.Generate(template, &raw, generator.WithVersion(templ.Version()), generator.WithFileName(name))
	if err != nil {
		return generated{}, fmt.Errorf("%s:1:1: %w", name, err)
	}
	code, err := format.Source(raw.Bytes())
	if err != nil {
		return generated{}, fmt.Errorf("%s%w", name, inSource(err, output.SourceMap))
	}
	return generated{GeneratorOutput: output, raw: raw.Bytes(), code: code}, nil
}

// writeIfChanged writes a file only if its content differs, so that nothing is
// compiled unnecessarily.
func writeIfChanged(path string, content []byte) error {
	if before, err := os.ReadFile(path); err == nil && bytes.Equal(before, content) {
		return nil
	}
	return replace(path, content)
}

// replace replaces a file atomically.
func replace(path string, content []byte) error {
	draft := path + ".new"
	if err := os.WriteFile(draft, content, 0o644); err != nil {
		return err
	}
	return os.Rename(draft, path)
}
