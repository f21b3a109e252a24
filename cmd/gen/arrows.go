package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/misuse"
	"example.com/pergola/cmd/gen/internal/source"
)

// arrowsFile holds the table of which feature may import which others.
const (
	arrowsFile = "architecture_test.go"
	arrows     = "mayImport"
)

// allowArrows lets a feature import others, and adds it to the table if it is
// not there. It fails with a misuse if that would close a circle.
func allowArrows(c *call, from string, to []string) error {
	content, err := c.tree.Read(arrowsFile)
	if err != nil {
		return err
	}
	table, err := source.Lists(content, arrows)
	if err != nil {
		return err
	}
	if table == nil {
		return fmt.Errorf("%s has no table %s: put back the variable `var %s = map[string][]string{…}`", arrowsFile, arrows, arrows)
	}
	list := slices.Clone(table[from])
	for _, feature := range to {
		if path := reach(table, feature, from); path != nil {
			return misuse.New("%s cannot listen to %s, because %s: let the speaker's event be heard by a third feature", from, feature, strings.Join(path, " listens to "))
		}
		if !slices.Contains(list, feature) {
			list = append(list, feature)
		}
	}
	slices.Sort(list)
	if current, known := table[from]; known && slices.Equal(current, list) {
		return nil
	}
	if content, err = source.SetList(content, arrows, from, list); err != nil {
		return err
	}
	return c.tree.Write(arrowsFile, content)
}

// reach is the way from one feature to another along the arrows; nil if there
// is none.
func reach(table map[string][]string, from, to string) []string {
	if from == to {
		return []string{from}
	}
	for _, next := range table[from] {
		if way := reach(table, next, to); way != nil {
			return append([]string{from}, way...)
		}
	}
	return nil
}

// dropArrow takes an arrow back that nothing needs any more.
func dropArrow(c *call, from, to string) error {
	needed, err := importers(c, "features/"+from, to)
	if err != nil || len(needed) > 0 {
		return err
	}
	return setArrows(c, func(table map[string][]string) {
		table[from] = slices.DeleteFunc(table[from], func(feature string) bool { return feature == to })
	}, from)
}

// setArrows changes the lists of these features.
func setArrows(c *call, how func(map[string][]string), features ...string) error {
	content, err := c.tree.Read(arrowsFile)
	if err != nil {
		return err
	}
	table, err := source.Lists(content, arrows)
	if err != nil || table == nil {
		return err
	}
	how(table)
	for _, feature := range features {
		if content, err = source.SetList(content, arrows, feature, table[feature]); err != nil {
			return err
		}
	}
	return c.tree.Write(arrowsFile, content)
}

// importers are the files in a folder that import a feature.
func importers(c *call, folder, feature string) ([]string, error) {
	module, err := modulePath(c)
	if err != nil {
		return nil, err
	}
	files, err := c.tree.List(folder)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, file := range files {
		content, err := c.tree.Read(file)
		if err != nil {
			return nil, err
		}
		if path.Ext(file) == ".go" && strings.Contains(string(content), `"`+module+"/features/"+feature+`"`) {
			found = append(found, file)
		}
	}
	return found, nil
}
