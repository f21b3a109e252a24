package descriptors

import (
	"fmt"
	"go/ast"
	"reflect"
	"strconv"
	"strings"
)

// Field is a field of a payload.
type Field struct {
	Name     string
	Type     string // as in the payload's package
	Rules    []string
	Required bool // whether the zero value is invalid
}

// Fields returns the fields of a payload, without those of embedded types.
func (s *Set) Fields(d Descriptor) []Field {
	structure := s.structs[d.Feature+"."+d.Payload]
	if structure == nil {
		return nil
	}
	var fields []Field
	for _, f := range structure.Fields.List {
		rules := rulesOf(f)
		for _, name := range f.Names {
			fields = append(fields, Field{Name: name.Name, Type: typeText(f.Type), Rules: rules, Required: rejectsZero(rules)})
		}
	}
	return fields
}

func rulesOf(f *ast.Field) []string {
	if f.Tag == nil {
		return nil
	}
	tag, err := strconv.Unquote(f.Tag.Value)
	if err != nil {
		return nil
	}
	validate := reflect.StructTag(tag).Get("validate")
	if validate == "" {
		return nil
	}
	return strings.Split(validate, ",")
}

func rejectsZero(rules []string) bool {
	for _, rule := range rules {
		name, argument, _ := strings.Cut(rule, "=")
		switch {
		case name == "omitempty":
			return false
		case name == "required", name == "oneof", name == "uuid", name == "startswith", name == "email", name == "url":
			return true
		case name == "min" && argument != "0", name == "gt", name == "gte" && argument != "0":
			return true
		}
	}
	return false
}

func typeText(expression ast.Expr) string {
	switch e := expression.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return typeText(e.X) + "." + e.Sel.Name
	case *ast.StarExpr:
		return "*" + typeText(e.X)
	case *ast.ArrayType:
		return "[]" + typeText(e.Elt)
	default:
		return "?"
	}
}

// Sample returns a composite literal of a valid payload, as far as its rules are
// known. Pkg qualifies the type; now is the variable for times.
func (s *Set) Sample(d Descriptor, pkg, now string) string {
	var values []string
	for _, f := range s.Fields(d) {
		if value := s.sampleOf(d.Feature, f, now); value != "" && f.Required {
			values = append(values, f.Name+": "+value)
		}
	}
	return fmt.Sprintf("%s.%s{%s}", pkg, d.Payload, strings.Join(values, ", "))
}

// NeedsTime reports whether Sample uses the variable for times.
func (s *Set) NeedsTime(d Descriptor) bool {
	for _, f := range s.Fields(d) {
		if f.Type == "time.Time" && f.Required {
			return true
		}
	}
	return false
}

const sampleID = "01900000-0000-7000-8000-00000000000a"

func (s *Set) sampleOf(feature string, f Field, now string) string {
	if f.Type == "time.Time" {
		return now
	}
	value := "a"
	number := "1"
	for _, rule := range f.Rules {
		name, argument, _ := strings.Cut(rule, "=")
		switch name {
		case "uuid":
			value = sampleID
		case "startswith":
			value = argument + "a"
		case "oneof":
			value, _, _ = strings.Cut(argument, " ")
			number = value
		case "email":
			value = "ada@example.com"
		case "url":
			value = "https://example.com/"
		case "min", "gte":
			number = argument
			if n, err := strconv.Atoi(argument); err == nil {
				value = strings.Repeat("a", max(n, 1))
			}
		}
	}
	switch s.underlying(feature, f.Type) {
	case "string":
		return strconv.Quote(value)
	case "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "float32", "float64":
		return number
	case "bool":
		return "true"
	default:
		return ""
	}
}

func (s *Set) underlying(feature, kind string) string {
	if other, ok := s.kinds[feature+"."+kind]; ok {
		return typeText(other)
	}
	return kind
}
