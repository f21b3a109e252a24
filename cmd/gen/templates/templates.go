// Package templates holds what the generator writes: one folder for each
// command, and in it the paths of the project. FEATURE, NOUN, NOUNS, STORE, NAME
// and NUMBER in a path stand for names; text between <% and %> is filled in. A
// file that ends in .insert.tmpl is added to the end of the file of that name.
package templates

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"text/template"
)

//go:embed all:bridge all:event all:event-handler all:feature all:job all:realtime-channel all:realtime-handler all:use-case
var files embed.FS

// File is a file made from a template.
type File struct {
	Path    string
	Content []byte
}

// Render fills in all templates of a command. Replace holds the values of the
// words in paths, such as FEATURE. A template that comes out empty makes no
// file.
func Render(command string, replace map[string]string, data any) ([]File, error) {
	var rendered []File
	err := fs.WalkDir(files, command, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fill(name, data)
		if err != nil || len(bytes.TrimSpace(content)) == 0 {
			return err
		}
		path := strings.TrimSuffix(strings.TrimPrefix(name, command+"/"), ".tmpl")
		for _, word := range []string{"FEATURE", "NOUNS", "NOUN", "STORE", "NAME", "NUMBER"} {
			if value, ok := replace[word]; ok {
				path = strings.ReplaceAll(path, word, value)
			}
		}
		rendered = append(rendered, File{path, content})
		return nil
	})
	return rendered, err
}

func fill(name string, data any) ([]byte, error) {
	text, err := files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	parsed, err := template.New(name).Delims("<%", "%>").Option("missingkey=error").Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("parse template: %w", err)
	}
	var filled bytes.Buffer
	if err := parsed.Execute(&filled, data); err != nil {
		return nil, fmt.Errorf("fill in template: %w", err)
	}
	return filled.Bytes(), nil
}
