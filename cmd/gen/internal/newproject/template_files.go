package newproject

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/project"
)

// templateFiles lists files and folders that projects do not need: benchmarks, the
// command that creates projects, tests of the generator and the development server,
// and the decision records. Folders end with a slash.
var templateFiles = []string{
	"Taskfile.template.yml",
	"bench/",
	"cmd/gen/internal/newproject/",
	"cmd/gen/new.go",
	"cmd/web/docs_pictures_test.go",
	"docs/decisions/",
	"docs/docs_test.go",
	"docs/events_guide_test.go",
	"docs/guides/maintain-the-template.md",
	"docs/guides/start-a-project.md",
	"docs/images/",
	"docs/security_test.go",
	"docs/work/prds/",
}

// kept lists exceptions: the map and the list of product documents are
// generated in every project.
var kept = []string{"docs/images/map.gen.svg", "docs/work/prds/README.md"}

// isTemplateFile reports whether a file is not copied to projects.
func isTemplateFile(name string) bool {
	if slices.Contains(kept, name) {
		return false
	}
	if strings.HasPrefix(name, "cmd/gen/") || strings.HasPrefix(name, "cmd/dev/") {
		if strings.HasSuffix(name, "_test.go") || strings.Contains(name, "/testdata/") {
			return true
		}
	}
	return slices.ContainsFunc(templateFiles, func(entry string) bool {
		return name == entry || strings.HasSuffix(entry, "/") && strings.HasPrefix(name, entry)
	})
}

// WithoutTemplateFiles returns the files that a project gets.
func WithoutTemplateFiles(files project.Files) (project.Files, error) {
	taken := project.Files{}
	for name, file := range files {
		if !isTemplateFile(name) {
			taken[name] = file
		}
	}
	return taken, dropNewCommand(taken)
}

// dropNewCommand removes `gen new` from the generator's commands.
func dropNewCommand(files project.Files) error {
	const commands, line = "cmd/gen/main.go", "\t\tnewCommand(),\n"
	file := files[commands]
	if !bytes.Contains(file.Content, []byte(line)) {
		return fmt.Errorf("%s has no line %q", commands, strings.TrimSpace(line))
	}
	file.Content = bytes.Replace(file.Content, []byte(line), nil, 1)
	files[commands] = file
	return nil
}
