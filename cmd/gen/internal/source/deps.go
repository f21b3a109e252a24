package source

import (
	"go/ast"
	"strings"
)

// HasDep reports whether the struct Deps has a field of this name.
func HasDep(text []byte, name string) (bool, error) {
	f, deps, err := parseDeps(text)
	if err != nil {
		return false, err
	}
	return f.fieldOf(deps, name) != nil, nil
}

// AddDep adds a use case to the struct Deps, after the last of those that are
// there: a field of the type of the same name.
func AddDep(text []byte, name string) ([]byte, error) {
	f, deps, err := parseDeps(text)
	if err != nil {
		return nil, err
	}
	if f.fieldOf(deps, name) != nil {
		return text, nil
	}
	var last *ast.Field
	for _, field := range deps.Fields.List {
		if kind, ok := field.Type.(*ast.Ident); ok && len(field.Names) == 1 && field.Names[0].Name == kind.Name {
			last = field
		}
	}
	line := name + " " + name + "\n"
	if last == nil {
		start := f.offset(deps.Fields.Opening) + 1
		return f.replace(start, start, "\n"+line)
	}
	end := f.offset(last.End())
	if last.Comment != nil {
		end = f.offset(last.Comment.End())
	}
	return f.replace(end, end, "\n"+strings.TrimSuffix(line, "\n"))
}

// RemoveDep takes a use case out of the struct Deps.
func RemoveDep(text []byte, name string) ([]byte, error) {
	f, deps, err := parseDeps(text)
	if err != nil {
		return nil, err
	}
	field := f.fieldOf(deps, name)
	if field == nil {
		return text, nil
	}
	from := lineStart(f.text, f.offset(field.Pos()))
	to := f.offset(field.End())
	to += strings.IndexByte(string(f.text[to:]), '\n') + 1
	return f.replace(from, to, "")
}

// FieldOfType is the name of the field of Deps that has this type, written as
// in the source; "" if there is none.
func FieldOfType(text []byte, kind string) string {
	f, deps, err := parseDeps(text)
	if err != nil {
		return ""
	}
	for _, field := range deps.Fields.List {
		if len(field.Names) == 1 && string(f.slice(field.Type)) == kind {
			return field.Names[0].Name
		}
	}
	return ""
}

func parseDeps(text []byte) (*file, *ast.StructType, error) {
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
			if !ok || named.Name.Name != "Deps" {
				continue
			}
			if deps, ok := named.Type.(*ast.StructType); ok {
				return f, deps, nil
			}
		}
	}
	return nil, nil, missing("there is no struct Deps")
}

func (f *file) fieldOf(deps *ast.StructType, name string) *ast.Field {
	for _, field := range deps.Fields.List {
		for _, ident := range field.Names {
			if ident.Name == name {
				return field
			}
		}
	}
	return nil
}
