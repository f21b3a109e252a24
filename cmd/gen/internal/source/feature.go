package source

import (
	"go/ast"
	"strings"
)

// AddUseCase adds a field to the struct Feature, below the other use cases. Its
// type has the same name.
func AddUseCase(text []byte, name string) ([]byte, error) {
	f, structure, err := parseFeature(text)
	if err != nil {
		return nil, err
	}
	if f.fieldOf(structure, name) != nil {
		return text, nil
	}
	var last *ast.Field
	for _, field := range structure.Fields.List {
		if kind, ok := field.Type.(*ast.Ident); ok && len(field.Names) == 1 && field.Names[0].Name == kind.Name {
			last = field
		}
	}
	line := name + " " + name + "\n"
	if last == nil {
		start := f.offset(structure.Fields.Opening) + 1
		return f.replace(start, start, "\n"+line)
	}
	end := f.offset(last.End())
	if last.Comment != nil {
		end = f.offset(last.Comment.End())
	}
	return f.replace(end, end, "\n"+strings.TrimSuffix(line, "\n"))
}

// RemoveUseCase removes a use case from the struct Feature.
func RemoveUseCase(text []byte, name string) ([]byte, error) {
	f, structure, err := parseFeature(text)
	if err != nil {
		return nil, err
	}
	field := f.fieldOf(structure, name)
	if field == nil {
		return text, nil
	}
	from := lineStart(f.text, f.offset(field.Pos()))
	to := f.offset(field.End())
	to += strings.IndexByte(string(f.text[to:]), '\n') + 1
	return f.replace(from, to, "")
}

func parseFeature(text []byte) (*file, *ast.StructType, error) {
	f, err := parse(text)
	if err != nil {
		return nil, nil, err
	}
	for _, declaration := range f.syntax.Decls {
		types, ok := declaration.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range types.Specs {
			named, ok := spec.(*ast.TypeSpec)
			if !ok || named.Name.Name != "Feature" {
				continue
			}
			if structure, ok := named.Type.(*ast.StructType); ok {
				return f, structure, nil
			}
		}
	}
	return nil, nil, missing("there is no struct Feature")
}

func (f *file) fieldOf(structure *ast.StructType, name string) *ast.Field {
	for _, field := range structure.Fields.List {
		for _, ident := range field.Names {
			if ident.Name == name {
				return field
			}
		}
	}
	return nil
}
