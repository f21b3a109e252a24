package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	folder = "docs/work/prds"
	ending = ".prd.md"
)

// store reads and writes the documents in their folder.
type store struct{ root string }

func (s store) folder() string          { return folder }
func (s store) path(name string) string { return folder + "/" + name + ending }
func (s store) file(relative string) string {
	return filepath.Join(s.root, filepath.FromSlash(relative))
}
func (s store) exists(relative string) bool { _, err := os.Stat(s.file(relative)); return err == nil }
func (s store) read(name string) (string, error) {
	content, err := os.ReadFile(s.file(s.path(name)))
	return string(content), err
}

func (s store) add(d *document) error {
	if s.exists(s.path(d.name)) {
		return fmt.Errorf("%s already exists: choose another title", s.path(d.name))
	}
	if err := os.MkdirAll(s.file(folder), 0o755); err != nil {
		return err
	}
	return s.save(d)
}

func (s store) save(d *document) error {
	return os.WriteFile(s.file(s.path(d.name)), []byte(d.text()), 0o644)
}

func (s store) find(name string) (*document, error) {
	text, err := s.read(name)
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("%s does not exist; there are: %s", s.path(name), strings.Join(s.names(), ", "))
	}
	if err != nil {
		return nil, err
	}
	d, err := parse(name, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.path(name), err)
	}
	return d, nil
}

func (s store) names() []string {
	files, err := filepath.Glob(s.file(folder + "/*" + ending))
	if err != nil {
		return nil
	}
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ending))
	}
	slices.Sort(names)
	return names
}

// all returns the valid documents, and what is wrong with the others.
func (s store) all() (documents []*document, problems []string, err error) {
	entries, err := os.ReadDir(s.file(folder))
	if os.IsNotExist(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	for _, entry := range entries {
		name, ok := strings.CutSuffix(entry.Name(), ending)
		if !ok {
			if entry.Name() != "README.md" {
				problems = append(problems, folder+"/"+entry.Name()+": this folder contains only documents (…"+ending+") and their index")
			}
			continue
		}
		text, err := s.read(name)
		if err != nil {
			return nil, nil, err
		}
		d, err := parse(name, text)
		if err != nil {
			problems = append(problems, s.path(name)+": "+err.Error())
			continue
		}
		documents = append(documents, d)
	}
	return documents, problems, nil
}

func (s store) writeIndex() error {
	documents, problems, err := s.all()
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return fmt.Errorf("cannot write the index: %s", strings.Join(problems, "; "))
	}
	return os.WriteFile(s.file(folder+"/README.md"), index(documents), 0o644)
}

func (s store) indexIsFresh(documents []*document) (bool, error) {
	content, err := os.ReadFile(s.file(folder + "/README.md"))
	if os.IsNotExist(err) {
		return false, nil
	}
	return string(content) == string(index(documents)), err
}
