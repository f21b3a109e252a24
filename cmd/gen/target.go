package main

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/descriptors"
	"example.com/pergola/cmd/gen/internal/names"
	"example.com/pergola/cmd/gen/internal/usage"
	"example.com/pergola/cmd/gen/templates"
)

// target is the feature that a command adds to.
type target struct {
	Module      string
	Feature     string
	descriptors *descriptors.Set
	c           *call
}

// findTarget fails with a usage error if there is no feature of this name.
func findTarget(c *call, feature string) (target, error) {
	found, err := descriptors.Read(c.tree)
	if err != nil {
		return target{}, err
	}
	if !found.HasFeature(feature) {
		return target{}, usage.Errorf("there is no feature %q: choose one of %s", feature, strings.Join(found.Features(), ", "))
	}
	module, err := modulePath(c)
	return target{Module: module, Feature: feature, descriptors: found, c: c}, err
}

// file returns the path of a file of the feature.
func (t target) file(name string) string { return "features/" + t.Feature + "/" + name }

// entry returns the file with the struct Feature and its Manifest.
func (t target) entry() string { return t.file(t.Feature + ".go") }

// core returns the import path of a core package.
func (t target) core(name string) string { return t.Module + "/core/" + name }

// manifest returns the expression with which a test makes the Manifest.
func (t target) manifest() string { return "(&" + t.Feature + ".Feature{}).Manifest()" }

// checkNamesFree fails with a usage error if the feature declares one of these
// names.
func (t target) checkNamesFree(declared ...string) error {
	for _, name := range declared {
		if file := t.descriptors.Declared(t.Feature, name); file != "" {
			return usage.Errorf("%s already declares %s: choose another name", file, name)
		}
	}
	return nil
}

// checkFilesFree fails with a usage error if one of these files exists.
func (t target) checkFilesFree(files []templates.File) error {
	for _, file := range files {
		if t.c.tree.Exists(file.Path) {
			return usage.Errorf("%s already exists: choose another name", file.Path)
		}
	}
	return checkFiles(files)
}

// minimal are the features of a project without realtime, events and jobs: see
// unreachable in architecture_test.go.
var minimal = []string{"accounts", "authentication"}

// requireCore fails with a usage error if the feature cannot import the core
// package.
func (t target) requireCore(pkg string) error {
	if pkg == "" {
		return nil
	}
	if slices.Contains(minimal, t.Feature) {
		return usage.Errorf("%s must not import core/%s, because minimal projects have it without: add this to another feature", t.Feature, pkg)
	}
	if files, err := t.c.tree.List("core/" + pkg); err != nil || len(files) > 0 {
		return err
	}
	return usage.Errorf("this project has no core/%s: add it with `./task gen -- core-package %s`", pkg, pkg)
}

// render fills in the templates of a command.
func (t target) render(command, name string, data any) (code, error) {
	files, err := templates.Render(command, map[string]string{"FEATURE": t.Feature, "NAME": name}, data)
	if err != nil {
		return code{}, err
	}
	made := code{module: t.Module}
	for _, file := range files {
		path, inserted := strings.CutSuffix(file.Path, ".insert")
		if !inserted {
			made.files = append(made.files, file)
			continue
		}
		made.inserts = append(made.inserts, insert{anchors.Anchor{File: path}, strings.TrimSpace(string(file.Content))})
	}
	return made, nil
}

// parseName reads the name of something in a feature.
func parseName(what, text string) (names.Name, error) { return names.ParseIn(what, text) }

var moduleLine = regexp.MustCompile(`(?m)^module\s+(\S+)`)

func modulePath(c *call) (string, error) {
	content, err := c.tree.Read("go.mod")
	if err != nil {
		return "", err
	}
	found := moduleLine.FindSubmatch(content)
	if found == nil {
		return "", errors.New("go.mod has no module line")
	}
	return string(found[1]), nil
}
