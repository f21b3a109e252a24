package payload

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Form is the kind of JSON value that a type is encoded as.
type Form byte

// The forms of JSON values.
const (
	FormText Form = iota
	FormNumber
	FormBool
	FormList
	FormMap
	FormObject
	FormOpaque // the type encodes and decodes itself; its JSON is unknown
)

func (f Form) problem() string {
	return [...]string{
		"must be a string", "must be a number", "must be true or false",
		"must be an array", "must be an object", "must be an object", "must not be null",
	}[f]
}

var (
	jsonMarshaler   = reflect.TypeFor[json.Marshaler]()
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func implements(t reflect.Type, anyOf ...reflect.Type) bool {
	return slices.ContainsFunc(anyOf, func(i reflect.Type) bool {
		return t.Implements(i) || reflect.PointerTo(t).Implements(i)
	})
}

// isOpaque reports whether a type encodes or decodes itself.
func isOpaque(t reflect.Type) bool {
	return implements(t, jsonMarshaler, jsonUnmarshaler, textMarshaler, textUnmarshaler)
}

// FormOf returns the form of a type that is not a pointer. It returns an error for
// types whose JSON could be anything, and for those that have none.
func FormOf(t reflect.Type) (Form, error) {
	switch {
	case t.Kind() == reflect.Interface:
		return 0, fmt.Errorf("%s has no fixed JSON type", t)
	case implements(t, jsonMarshaler, jsonUnmarshaler):
		return FormOpaque, nil
	case implements(t, textMarshaler, textUnmarshaler):
		return FormText, nil
	}
	switch t.Kind() {
	case reflect.String:
		return FormText, nil
	case reflect.Bool:
		return FormBool, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64:
		return FormNumber, nil
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return FormText, nil // base64
		}
		return FormList, nil
	case reflect.Array:
		return FormList, nil
	case reflect.Map:
		if t.Key().Kind() != reflect.String || isOpaque(t.Key()) {
			return 0, fmt.Errorf("the keys of %s are not strings", t)
		}
		return FormMap, nil
	case reflect.Struct:
		return FormObject, nil
	default:
		return 0, fmt.Errorf("%s has no fixed JSON type", t)
	}
}

// Field is one field of a struct's JSON.
type Field struct {
	Name     string // in the JSON
	GoName   string
	Type     reflect.Type
	Tag      reflect.StructTag
	Optional bool  // has omitempty or omitzero, so it can be absent
	Quoted   bool  // has the option "string"
	Index    []int // for reflect.Value.FieldByIndex
}

// Fields returns the fields of a struct's JSON, including those of embedded structs.
// It returns an error for an embedded pointer and for two fields with the same name.
func Fields(t reflect.Type) ([]Field, error) {
	var fields []Field
	err := addFields(&fields, t, nil)
	return fields, err
}

func addFields(fields *[]Field, t reflect.Type, path []int) error {
	for i := range t.NumField() {
		field := t.Field(i)
		index := append(slices.Clone(path), i)
		name, options := jsonTag(field)
		switch {
		case name == "-" && options == "":
			continue
		case field.Anonymous && name == "" && field.Type.Kind() == reflect.Pointer:
			return fmt.Errorf("%s embeds a pointer", t)
		case field.Anonymous && name == "" && field.Type.Kind() == reflect.Struct && !isOpaque(field.Type):
			if err := addFields(fields, field.Type, index); err != nil {
				return err
			}
			continue
		case !field.IsExported():
			continue
		case name == "":
			name = field.Name
		}
		if slices.ContainsFunc(*fields, func(f Field) bool { return f.Name == name }) {
			return fmt.Errorf("two fields are named %q", name)
		}
		*fields = append(*fields, Field{
			Name:     name,
			GoName:   field.Name,
			Type:     field.Type,
			Tag:      field.Tag,
			Optional: hasOption(options, "omitempty") || hasOption(options, "omitzero"),
			Quoted:   hasOption(options, "string"),
			Index:    index,
		})
	}
	return nil
}

func jsonTag(field reflect.StructField) (name, options string) {
	name, options, _ = strings.Cut(field.Tag.Get("json"), ",")
	return name, options
}

func hasOption(options, option string) bool {
	return slices.Contains(strings.Split(options, ","), option)
}
