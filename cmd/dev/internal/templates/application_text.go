package templates

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/a-h/templ/generator"
	"github.com/a-h/templ/runtime"
)

// ApplicationText holds the text that one build of the application reads. It
// follows changes of the templates until it is closed.
type ApplicationText struct {
	set     *Set
	dir     string
	outputs map[string]generated // what was compiled, with the current text
}

// NewText writes the text of all templates into dir, for an application that
// is about to be built from them.
func (s *Set) NewText(dir string) (*ApplicationText, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("create the folder for the templates' text: %w", err)
	}
	text := &ApplicationText{set: s, dir: dir, outputs: maps.Clone(s.outputs)}
	for name, output := range text.outputs {
		if err := text.write(name, output); err != nil {
			return nil, fmt.Errorf("write the text of %s: %w", name, err)
		}
	}
	s.texts = append(s.texts, text)
	return text, nil
}

// Env returns the environment variables that the application needs.
func (t *ApplicationText) Env() []string {
	return []string{"TEMPL_DEV_MODE=true", "TEMPL_DEV_MODE_ROOT=" + t.dir}
}

// Close removes the text, when the application has exited.
func (t *ApplicationText) Close() {
	t.set.mu.Lock()
	defer t.set.mu.Unlock()
	t.set.texts = slices.DeleteFunc(t.set.texts, func(other *ApplicationText) bool { return other == t })
	_ = os.RemoveAll(t.dir)
}

func (t *ApplicationText) update(name string, output generated) (Effect, error) {
	before, known := t.outputs[name]
	if !known || generator.HasGoChanged(before.GeneratorOutput, output.GeneratorOutput) {
		return Code, nil
	}
	if !generator.HasTextChanged(before.GeneratorOutput, output.GeneratorOutput) {
		return Nothing, nil
	}
	if err := t.write(name, output); err != nil {
		return Nothing, err
	}
	t.outputs[name] = output
	return Text, nil
}

// write puts the text where templ's runtime reads it: one literal per line, in a
// file named after the path of the template.
func (t *ApplicationText) write(name string, output generated) error {
	path := filepath.Join(t.set.root, filepath.FromSlash(name))
	file := filepath.Join(t.dir, filepath.Base(runtime.GetDevModeTextFileName(path)))
	return replace(file, []byte(strings.Join(output.Literals, "\n")))
}
