package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"

	"example.com/pergola/cmd/gen/internal/names"
	"example.com/pergola/cmd/gen/internal/source"
	"example.com/pergola/cmd/gen/templates"
)

// A field must not hide a field or method of every entity.
func TestFields_cannotHideMembersOfEntity(t *testing.T) {
	t.Parallel()
	title := field{name: names.Of("qqtitle"), Kind: "string"}
	data := featureData{
		Module: "example.com/shop", Feature: "shop", Noun: names.Of("item"), Plural: names.Of("items"),
		Fields: []field{title}, Title: title, variable: "item", variables: "items",
	}
	files, err := templates.Render("feature", nil, &data)
	if err != nil {
		t.Fatal(err)
	}

	var has []string
	for _, file := range files {
		if path.Ext(file.Path) == ".go" {
			has = append(has, membersOf(t, file.Content, "Item", "Details")...)
		}
	}

	if len(has) < 10 {
		t.Errorf("found only %q: does this test look at the right types?", has)
	}
	for _, name := range has {
		if _, err := names.ParseField(name); err == nil && name != title.Go() {
			t.Errorf("a field may be called %s", name)
		}
	}
}

// membersOf returns the exported methods and fields of types.
func membersOf(t *testing.T, content []byte, types ...string) []string {
	t.Helper()
	declared, err := source.Declared(content)
	if err != nil {
		t.Fatal(err)
	}
	var members []string
	for _, name := range declared {
		if kind, method, ok := strings.Cut(name, "."); ok && slices.Contains(types, kind) {
			members = append(members, method)
		}
	}
	syntax, err := parser.ParseFile(token.NewFileSet(), "", content, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(syntax, func(node ast.Node) bool {
		spec, ok := node.(*ast.TypeSpec)
		if !ok || !slices.Contains(types, spec.Name.Name) {
			return true
		}
		for _, field := range spec.Type.(*ast.StructType).Fields.List {
			if embedded, ok := field.Type.(*ast.Ident); ok && len(field.Names) == 0 {
				members = append(members, embedded.Name)
			}
			for _, name := range field.Names {
				members = append(members, name.Name)
			}
		}
		return true
	})
	return slices.DeleteFunc(members, func(name string) bool { return !ast.IsExported(name) })
}
