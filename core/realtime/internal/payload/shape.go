package payload

import (
	"fmt"
	"reflect"
)

// shape describes the JSON of a Go type.
type shape struct {
	form   Form
	length int     // of a Go array; -1 for a list of any length
	elem   element // of a list or a map
	fields []fieldShape
	byName map[string]int // position in fields
	lists  bool           // whether it can contain a nil list or map
}

// element is a shape that can also be null if it is a pointer.
type element struct {
	*shape
	nullable bool
}

type fieldShape struct {
	element
	Field
}

func newShape(t reflect.Type) (*shape, error) {
	return shapes{}.of(t)
}

// shapes holds the types found so far, because a type can contain itself.
type shapes map[reflect.Type]*shape

func (known shapes) of(t reflect.Type) (*shape, error) {
	if s, ok := known[t]; ok {
		s.lists = true // it may contain itself through a pointer or a list
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

func (known shapes) describe(s *shape, t reflect.Type) (err error) {
	s.form, err = FormOf(t)
	switch {
	case err != nil:
		return err
	case s.form == FormList:
		return known.describeList(s, t)
	case s.form == FormMap:
		return known.describeMap(s, t)
	case s.form == FormObject:
		return known.describeObject(s, t)
	default:
		s.lists = t.Kind() == reflect.Slice // bytes
		return nil
	}
}

func (known shapes) describeList(s *shape, t reflect.Type) (err error) {
	if t.Kind() == reflect.Array {
		s.length = t.Len()
	}
	s.elem, err = known.element(t.Elem())
	s.lists = t.Kind() == reflect.Slice || err == nil && s.elem.lists
	return err
}

func (known shapes) describeMap(s *shape, t reflect.Type) (err error) {
	s.lists = true
	s.elem, err = known.element(t.Elem())
	return err
}

func (known shapes) describeObject(s *shape, t reflect.Type) error {
	fields, err := Fields(t)
	if err != nil {
		return err
	}
	s.byName = make(map[string]int, len(fields))
	for _, field := range fields {
		if err := known.addField(s, field); err != nil {
			return err
		}
	}
	return checkRules(t)
}

func (known shapes) addField(s *shape, field Field) error {
	element, err := known.element(field.Type)
	if err != nil {
		return fmt.Errorf("field %s: %w", field.GoName, err)
	}
	if field.Quoted {
		element.shape = &shape{form: FormText}
	}
	s.lists = s.lists || element.lists
	s.byName[field.Name] = len(s.fields)
	s.fields = append(s.fields, fieldShape{element: element, Field: field})
	return nil
}
