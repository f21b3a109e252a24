package source

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
)

// Lists returns the value of a variable of type map[string][]string; nil if there
// is no such variable.
func Lists(text []byte, variable string) (map[string][]string, error) {
	f, err := parse(text)
	if err != nil {
		return nil, err
	}
	literal := f.variable(variable)
	if literal == nil {
		return nil, nil
	}
	lists := map[string][]string{}
	for _, entry := range literal.Elts {
		if key, list := f.entry(entry); list != nil {
			lists[key] = f.texts(list)
		}
	}
	return lists, nil
}

// SetList sets the list of a key in such a variable, which is sorted by key; nil
// removes the key.
func SetList(text []byte, variable, key string, list []string) ([]byte, error) {
	f, err := parse(text)
	if err != nil {
		return nil, err
	}
	literal := f.variable(variable)
	if literal == nil {
		return nil, missing("there is no variable %s of type map[string][]string", variable)
	}
	var quoted []string
	for _, item := range list {
		quoted = append(quoted, strconv.Quote(item))
	}
	value := "{" + strings.Join(quoted, ", ") + "}"
	after := len(literal.Elts)
	for i, entry := range literal.Elts {
		existing, values := f.entry(entry)
		switch {
		case values == nil:
			continue
		case existing == key && list == nil:
			return f.removeElement(literal, i)
		case existing == key:
			return f.replace(f.offset(values.Pos()), f.offset(values.End()), value)
		case existing > key:
			after = min(after, i)
		}
	}
	if list == nil {
		return text, nil
	}
	return f.addLine(literal, after, strconv.Quote(key)+": "+value)
}

// AddText appends to a variable of type []string. It reports false if there is no
// such variable.
func AddText(text []byte, variable, value string) ([]byte, bool, error) {
	f, err := parse(text)
	if err != nil {
		return nil, false, err
	}
	literal := f.variable(variable)
	if literal == nil {
		return text, false, nil
	}
	if f.element(literal, strconv.Quote(value)) >= 0 {
		return text, true, nil
	}
	changed, err := f.addElement(literal, strconv.Quote(value))
	return changed, true, err
}

// RemoveText removes it again.
func RemoveText(text []byte, variable, value string) ([]byte, error) {
	f, err := parse(text)
	if err != nil {
		return nil, err
	}
	literal := f.variable(variable)
	if literal == nil {
		return text, nil
	}
	at := f.element(literal, strconv.Quote(value))
	if at < 0 {
		return text, nil
	}
	return f.removeElement(literal, at)
}

func (f *file) variable(name string) *ast.CompositeLit {
	for _, declaration := range f.syntax.Decls {
		values, ok := declaration.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range values.Specs {
			value, ok := spec.(*ast.ValueSpec)
			if !ok || len(value.Names) != 1 || value.Names[0].Name != name || len(value.Values) != 1 {
				continue
			}
			if literal, ok := value.Values[0].(*ast.CompositeLit); ok {
				return literal
			}
		}
	}
	return nil
}

func (f *file) entry(entry ast.Expr) (string, *ast.CompositeLit) {
	pair, ok := entry.(*ast.KeyValueExpr)
	if !ok {
		return "", nil
	}
	key, ok := text(pair.Key)
	list, isList := pair.Value.(*ast.CompositeLit)
	if !ok || !isList {
		return "", nil
	}
	return key, list
}

func (f *file) texts(list *ast.CompositeLit) []string {
	texts := []string{}
	for _, item := range list.Elts {
		if value, ok := text(item); ok {
			texts = append(texts, value)
		}
	}
	slices.Sort(texts)
	return texts
}

func text(expression ast.Expr) (string, bool) {
	literal, ok := expression.(*ast.BasicLit)
	if !ok {
		return "", false
	}
	value, err := strconv.Unquote(literal.Value)
	return value, err == nil
}
