package main

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"text/template"
)

// templates is what is made, in a tree that mirrors where it goes: one folder
// for each command, and in it the paths of the project. FEATURE, NOUN, NOUNS,
// STORE, NAME and NUMBER in a path stand for names, and what stands between <% and %>
// is filled in. A file whose name ends in .insert.tmpl is inserted into the
// file of that name, at its anchor.
//
//go:embed all:templates
var templates embed.FS

// rendered is a file that was made of a template.
type rendered struct {
	path    string
	content []byte
}

// render makes all files of a command; replace is for the words in paths.
func render(command string, replace map[string]string, data any) ([]rendered, error) {
	var made []rendered
	err := fs.WalkDir(templates, "templates/"+command, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := renderFile(name, data)
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(content)) == 0 {
			return nil // not in this project, or nothing to insert
		}
		path := strings.TrimSuffix(strings.TrimPrefix(name, "templates/"+command+"/"), ".tmpl")
		for _, word := range []string{"FEATURE", "NOUNS", "NOUN", "STORE", "NAME", "NUMBER"} {
			if value, ok := replace[word]; ok {
				path = strings.ReplaceAll(path, word, value)
			}
		}
		made = append(made, rendered{path, content})
		return nil
	})
	return made, err
}

func renderFile(name string, data any) ([]byte, error) {
	text, err := templates.ReadFile(name)
	if err != nil {
		return nil, err
	}
	parsed, err := template.New(name).Delims("<%", "%>").Option("missingkey=error").Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	var made bytes.Buffer
	if err := parsed.Execute(&made, data); err != nil {
		return nil, fmt.Errorf("fill in the template: %w", err)
	}
	return made.Bytes(), nil
}
