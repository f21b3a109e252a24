package payload

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// shape is what the JSON of a Go type looks like.
type shape struct {
	form   form
	length int     // of a Go array; -1 for a list of any length
	elem   element // of a list or a map
	fields []fieldShape
	byName map[string]int // position in fields
	lists  bool           // whether a nil list or map may be anywhere inside
}

// element is a place for a shape. A pointer is such a place: null is a value.
type element struct {
	*shape
	nullable bool
}

type fieldShape struct {
	element
	name     string
	index    []int // as reflect.Value.FieldByIndex wants it
	optional bool
}

type form byte

const (
	formText form = iota
	formNumber
	formBool
	formList
	formMap
	formObject
	formOpaque // reads itself: nothing is known of it
)

func (f form) problem() string {
	return [...]string{
		"must be a text", "must be a number", "must be true or false",
		"must be a list", "must be an object", "must be an object", "must not be null",
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

// isOpaque reports whether a type writes or reads its own JSON.
func isOpaque(t reflect.Type) bool {
	return implements(t, jsonMarshaler, jsonUnmarshaler, textMarshaler, textUnmarshaler)
}

func newShape(t reflect.Type) (*shape, error) {
	return shapes{}.of(t)
}

// shapes remembers the types on the way, because a type may contain itself.
type shapes map[reflect.Type]*shape

func (known shapes) of(t reflect.Type) (*shape, error) {
	if s, ok := known[t]; ok {
		s.lists = true // perhaps on the way back into itself, through a pointer or a list
		return s, nil
	}
	s := &shape{length: -1}
	known[t] = s
	return s, known.describe(s, t)
}

func (known shapes) element(t reflect.Type) (element, error) {
	nullable := t.Kind() == reflect.Pointer
	if nullable {
		t = t.Elem()
	}
	s, err := known.of(t)
	return element{shape: s, nullable: nullable}, err
}

func (known shapes) describe(s *shape, t reflect.Type) error {
	switch {
	case t.Kind() == reflect.Interface:
		return fmt.Errorf("%s has no JSON of a known form", t)
	case implements(t, jsonMarshaler, jsonUnmarshaler):
		s.form = formOpaque
		return nil
	case implements(t, textMarshaler, textUnmarshaler):
		s.form = formText
		return nil
	}
	switch t.Kind() {
	case reflect.String:
		s.form = formText
	case reflect.Bool:
		s.form = formBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64:
		s.form = formNumber
	case reflect.Slice, reflect.Array:
		return known.describeList(s, t)
	case reflect.Map:
		return known.describeMap(s, t)
	case reflect.Struct:
		return known.describeObject(s, t)
	default:
		return fmt.Errorf("%s has no JSON of a known form", t)
	}
	return nil
}

func (known shapes) describeList(s *shape, t reflect.Type) (err error) {
	if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
		s.form, s.lists = formText, true // base64
		return nil
	}
	s.form = formList
	if t.Kind() == reflect.Array {
		s.length = t.Len()
	}
	s.elem, err = known.element(t.Elem())
	s.lists = t.Kind() == reflect.Slice || s.elem.lists
	return err
}

func (known shapes) describeMap(s *shape, t reflect.Type) (err error) {
	if t.Key().Kind() != reflect.String || isOpaque(t.Key()) {
		return fmt.Errorf("the keys of %s are not strings", t)
	}
	s.form, s.lists = formMap, true
	s.elem, err = known.element(t.Elem())
	return err
}

func (known shapes) describeObject(s *shape, t reflect.Type) error {
	s.form = formObject
	s.byName = map[string]int{}
	if err := known.addFields(s, t, nil); err != nil {
		return err
	}
	return checkRules(t)
}

func (known shapes) addFields(s *shape, t reflect.Type, path []int) error {
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
			if err := known.addFields(s, field.Type, index); err != nil {
				return err
			}
			continue
		case !field.IsExported():
			continue
		case name == "":
			name = field.Name
		}
		if err := known.addField(s, field, name, options, index); err != nil {
			return err
		}
	}
	return nil
}

func (known shapes) addField(s *shape, field reflect.StructField, name, options string, index []int) error {
	if _, twice := s.byName[name]; twice {
		return fmt.Errorf("two fields are called %q", name)
	}
	element, err := known.element(field.Type)
	if err != nil {
		return fmt.Errorf("field %s: %w", field.Name, err)
	}
	if hasOption(options, "string") {
		element.shape = &shape{form: formText}
	}
	s.lists = s.lists || element.lists
	s.byName[name] = len(s.fields)
	s.fields = append(s.fields, fieldShape{
		element:  element,
		name:     name,
		index:    index,
		optional: hasOption(options, "omitempty") || hasOption(options, "omitzero"),
	})
	return nil
}

func jsonTag(field reflect.StructField) (name, options string) {
	name, options, _ = strings.Cut(field.Tag.Get("json"), ",")
	return name, options
}

func hasOption(options, option string) bool {
	return slices.Contains(strings.Split(options, ","), option)
}
