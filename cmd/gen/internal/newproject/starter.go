package newproject

import (
	"bytes"
	"embed"
	"io/fs"
	"strings"
	"text/template"

	"example.com/pergola/cmd/gen/internal/parts"
)

// starter holds the documents that a project begins with in place of the
// template's own.
//
//go:embed starter
var starter embed.FS

// starterData is what the documents are rendered with.
type starterData struct {
	record
	Word string // the project's name as one word
}

// addStarter adds the documents of a project.
func addStarter(files parts.Files, data starterData) error {
	return fs.WalkDir(starter, "starter", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := template.ParseFS(starter, name)
		if err != nil {
			return err
		}
		var content bytes.Buffer
		if err := text.Execute(&content, data); err != nil {
			return err
		}
		files[strings.TrimSuffix(strings.TrimPrefix(name, "starter/"), ".tmpl")] = parts.File{Content: content.Bytes(), Mode: 0o644}
		return nil
	})
}
