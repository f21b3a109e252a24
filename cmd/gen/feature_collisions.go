package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"example.com/pergola/cmd/gen/internal/names"
	"example.com/pergola/cmd/gen/internal/source"
	"example.com/pergola/cmd/gen/internal/usage"
	"example.com/pergola/cmd/gen/templates"
)

// checkFeature fails with a usage error if the feature, its path or its table
// exists.
func checkFeature(c *call, data featureData) error {
	folders, err := c.tree.Folders("features")
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if folder == data.Feature {
			return usage.Errorf("the feature %s already exists, written by hand: choose another name", folder)
		}
		routes, err := c.tree.Read("features/" + folder + "/routes.go")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if taken := regexp.MustCompile(`"` + regexp.QuoteMeta(data.Path()) + `["/]`).Find(routes); taken != nil {
			return usage.Errorf("the feature %s already serves %s: choose another name", folder, data.Path())
		}
	}
	return checkTable(c, data.Table())
}

func checkTable(c *call, table string) error {
	files, err := c.tree.List("migrations")
	if err != nil {
		return err
	}
	for _, file := range files {
		content, err := c.tree.Read(file)
		if err != nil {
			return err
		}
		if path.Ext(file) == ".sql" && bytes.Contains(content, []byte("create table "+table+" (")) {
			return usage.Errorf("%s already creates the table %s: choose another name", file, table)
		}
	}
	return nil
}

// checkFiles fails with a usage error if two files have the same name, or if Go
// would ignore one.
func checkFiles(files []templates.File) error {
	seen := map[string]bool{}
	for _, file := range files {
		if seen[file.Path] {
			return usage.Errorf("%s would be two files: choose another --noun", file.Path)
		}
		seen[file.Path] = true
		stem, isGo := strings.CutSuffix(path.Base(file.Path), ".go")
		if isGo {
			if err := names.CheckFile("part of a name", strings.TrimSuffix(stem, "_test")); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkDeclarations fails with a usage error if something is declared twice.
func checkDeclarations(data featureData, files []templates.File) error {
	seen := map[string]bool{}
	for _, file := range files {
		if path.Ext(file.Path) != ".go" || strings.HasSuffix(file.Path, "_test.go") {
			continue
		}
		declared, err := source.Declared(file.Content)
		if err != nil {
			return fmt.Errorf("the template of %s is not valid Go: %w", file.Path, err)
		}
		for _, name := range declared {
			if seen[name] {
				return usage.Errorf("%q cannot be the noun: %s would be declared twice: choose another with --noun", data.Noun.Kebab(), name)
			}
			seen[name] = true
		}
	}
	return nil
}

// avoidCollisions renders the feature with placeholder names, to learn which
// names its code uses. It changes the names of variables that would collide, and
// fails with a usage error if a type or the package would.
func avoidCollisions(data *featureData) error {
	blank := *data
	blank.Feature = "qqfeature"
	blank.Noun, blank.Plural = names.Of("qqnoun"), names.Of("qqnouns")
	blank.variable, blank.variables = "qqnoun", "qqnouns"
	files, err := templates.Render("feature", nil, &blank)
	if err != nil {
		return err
	}
	inCode, inTests := map[string]bool{}, map[string]bool{}
	for _, file := range files {
		if path.Ext(file.Path) != ".go" {
			continue
		}
		defined, err := source.Defined(file.Content)
		if err != nil {
			return fmt.Errorf("the template of %s is not valid Go: %w", file.Path, err)
		}
		into := inCode
		if strings.HasSuffix(file.Path, "_test.go") {
			into = inTests
		}
		for name := range defined {
			into[name] = true
		}
	}
	for _, name := range []string{data.Type(), data.Types(), data.Type() + "Page", data.Type() + "Activity"} {
		if inCode[name] {
			return usage.Errorf("%q cannot be the noun: the generated code uses the name %s for something else: choose another with --noun", data.Noun.Kebab(), name)
		}
	}
	if inTests[data.Feature] {
		return usage.Errorf("%q cannot be the name of a feature: generated code uses it for something else: choose another name", data.Feature)
	}
	for _, name := range []*string{&data.variable, &data.variables} {
		if inCode[*name] {
			*name = names.Of("one").Then(data.Noun.Words()...).Unexported()
		}
	}
	if data.variable == data.variables {
		data.variables = names.Of("all").Then(data.Plural.Words()...).Unexported()
	}
	return nil
}
