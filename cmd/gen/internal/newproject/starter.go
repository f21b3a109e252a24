package newproject

import (
	"bytes"
	"embed"
	"io/fs"
	"strings"
	"text/template"

	"example.com/pergola/cmd/gen/internal/project"
)

// starter holds the documents that a project begins with in place of the
// template's own.
//
//go:embed starter
var starter embed.FS

// starterData is what the documents are rendered with.
type starterData struct {
	project.Record
	Word string // the project's name as one word
}

// addStarter adds the documents of a project.
func addStarter(files project.Files, data starterData) error {
	return eachStarter(func(name string, text *template.Template) error {
		var content bytes.Buffer
		if err := text.Execute(&content, data); err != nil {
			return err
		}
		files[name] = project.File{Content: content.Bytes(), Mode: 0o644}
		return nil
	})
}

// reserveStarter replaces the template's own documents of these names with empty
// ones, so that the archive of a minimal project does not have them.
func reserveStarter(files project.Files) error {
	return eachStarter(func(name string, _ *template.Template) error {
		files[name] = project.File{Mode: 0o644}
		return nil
	})
}

func eachStarter(do func(name string, text *template.Template) error) error {
	return fs.WalkDir(starter, "starter", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := template.ParseFS(starter, name)
		if err != nil {
			return err
		}
		return do(strings.TrimSuffix(strings.TrimPrefix(name, "starter/"), ".tmpl"), text)
	})
}
