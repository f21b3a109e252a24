package watch

import (
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var embedDirective = regexp.MustCompile(`(?m)^//go:embed (.+)$`)

// embeds are the patterns of the files that Go files embed, by the Go file.
type embeds map[string][]string

// read notes the patterns of a Go file.
func (e embeds) read(file string, content []byte) {
	delete(e, file)
	for _, directive := range embedDirective.FindAllSubmatch(content, -1) {
		for pattern := range strings.FieldsSeq(string(directive[1])) {
			e[file] = append(e[file], strings.TrimPrefix(strings.Trim(pattern, "\"`"), "all:"))
		}
	}
}

// has reports whether a Go file embeds the file: itself, or a folder above it.
func (e embeds) has(file string) bool {
	for source, patterns := range e {
		relative, err := filepath.Rel(filepath.Dir(source), file)
		if err != nil || strings.HasPrefix(relative, "..") {
			continue
		}
		for name := filepath.ToSlash(relative); name != "."; name = path.Dir(name) {
			if slices.ContainsFunc(patterns, func(pattern string) bool {
				matches, err := path.Match(pattern, name)
				return matches && err == nil
			}) {
				return true
			}
		}
	}
	return false
}
