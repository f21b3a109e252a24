package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"example.com/pergola/cmd/gen/internal/names"
)

// Whatever the code of every feature gives to what is stored, no field may hide.
func TestFields_cannotBeCalledAsWhatEverythingHas(t *testing.T) {
	t.Parallel()
	title := field{name: names.Of("qqtitle"), Kind: "string"}
	data := featureData{
		Module: "example.com/shop", Feature: "shop", Noun: names.Of("item"), Plural: names.Of("items"),
		Fields: []field{title}, Title: title, variable: "item", variables: "items",
	}
	files, err := render("feature", nil, &data)
	if err != nil {
		t.Fatal(err)
	}

	var has []string
	for _, file := range files {
		if syntax, err := parser.ParseFile(token.NewFileSet(), file.path, file.content, 0); err == nil {
			has = append(has, membersOf(syntax, "Item", "Details")...)
		}
	}

	if len(has) < 10 {
		t.Errorf("found only %q: does this test look at the right types?", has)
	}
	for _, name := range has {
		if name == title.Go() {
			continue
		}
		if _, err := names.ParseField(name); err == nil {
			t.Errorf("a field may be called %s", name)
		}
	}
}

// membersOf are the exported fields and methods of the types.
func membersOf(syntax *ast.File, types ...string) []string {
	var members []string
	add := func(name string) {
		if ast.IsExported(name) {
			members = append(members, name)
		}
	}
	for _, kind := range types {
		ast.Inspect(syntax, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.FuncDecl:
				if node.Recv != nil && typeName(node.Recv.List[0].Type) == kind {
					add(node.Name.Name)
				}
			case *ast.TypeSpec:
				structure, ok := node.Type.(*ast.StructType)
				if !ok || node.Name.Name != kind {
					return true
				}
				for _, field := range structure.Fields.List {
					if len(field.Names) == 0 {
						add(typeName(field.Type))
					}
					for _, name := range field.Names {
						add(name.Name)
					}
				}
			}
			return true
		})
	}
	return members
}

func typeName(expression ast.Expr) string {
	if pointer, ok := expression.(*ast.StarExpr); ok {
		expression = pointer.X
	}
	if name, ok := expression.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}
