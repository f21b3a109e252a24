package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/source"
	"example.com/pergola/cmd/gen/internal/usage"
)

// architectureFile has the table of the features that each feature may import.
const (
	architectureFile = "architecture_test.go"
	importTable      = "mayImport"
)

// allowImports lets a feature import others. It fails with a usage error if that
// would be an import cycle.
func allowImports(c *call, from string, to []string) error {
	content, err := c.tree.Read(architectureFile)
	if err != nil {
		return err
	}
	table, err := source.Lists(content, importTable)
	if err != nil {
		return err
	}
	if table == nil {
		return fmt.Errorf("%s has no table %s: restore the variable `var %s = map[string][]string{…}`", architectureFile, importTable, importTable)
	}
	list := slices.Clone(table[from])
	for _, feature := range to {
		if path := reach(table, feature, from); path != nil {
			return usage.Errorf("%s cannot import %s, because %s: handle the event in a third feature", from, feature, strings.Join(path, " imports "))
		}
		if !slices.Contains(list, feature) {
			list = append(list, feature)
		}
	}
	slices.Sort(list)
	if current, known := table[from]; known && slices.Equal(current, list) {
		return nil
	}
	if content, err = source.SetList(content, importTable, from, list); err != nil {
		return err
	}
	return c.tree.Write(architectureFile, content)
}

// reach returns the chain of imports from one feature to another; nil if there is
// none.
func reach(table map[string][]string, from, to string) []string {
	if from == to {
		return []string{from}
	}
	for _, next := range table[from] {
		if chain := reach(table, next, to); chain != nil {
			return append([]string{from}, chain...)
		}
	}
	return nil
}

// disallowImport removes a feature from the list of another that no longer
// imports it.
func disallowImport(c *call, from, to string) error {
	needed, err := importers(c, "features/"+from, to)
	if err != nil || len(needed) > 0 {
		return err
	}
	return changeImports(c, func(table map[string][]string) {
		table[from] = slices.DeleteFunc(table[from], func(feature string) bool { return feature == to })
	}, from)
}

// changeImports changes the lists of features.
func changeImports(c *call, how func(map[string][]string), features ...string) error {
	content, err := c.tree.Read(architectureFile)
	if err != nil {
		return err
	}
	table, err := source.Lists(content, importTable)
	if err != nil || table == nil {
		return err
	}
	how(table)
	for _, feature := range features {
		if content, err = source.SetList(content, importTable, feature, table[feature]); err != nil {
			return err
		}
	}
	return c.tree.Write(architectureFile, content)
}

// importers returns the files in a folder that import a feature.
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
