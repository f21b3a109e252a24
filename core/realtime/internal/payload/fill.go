package payload

import "reflect"

// fill replaces nil lists and maps by empty ones. The value is a copy of the
// caller's. Everything it points to is shared, so fill copies that before changing
// it.
func (e element) fill(v reflect.Value) {
	if !e.lists {
		return
	}
	if !e.nullable {
		e.shape.fill(v)
		return
	}
	if !v.IsNil() {
		copied := reflect.New(v.Type().Elem())
		copied.Elem().Set(v.Elem())
		e.shape.fill(copied.Elem())
		v.Set(copied)
	}
}

func (s *shape) fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range s.fields {
			if f := v.FieldByIndex(field.Index); !field.Optional || !f.IsZero() {
				field.fill(f)
			}
		}
	case reflect.Map:
		s.fillMap(v)
	case reflect.Slice:
		s.fillSlice(v)
	case reflect.Array:
		for i := range v.Len() {
			s.elem.fill(v.Index(i))
		}
	}
}

func (s *shape) fillSlice(v reflect.Value) {
	if v.IsNil() {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		return
	}
	if s.elem.shape == nil || !s.elem.lists {
		return
	}
	copied := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	reflect.Copy(copied, v)
	for i := range copied.Len() {
		s.elem.fill(copied.Index(i))
	}
	v.Set(copied)
}

func (s *shape) fillMap(v reflect.Value) {
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
		return
	}
	if !s.elem.lists {
		return
	}
	copied := reflect.MakeMapWithSize(v.Type(), v.Len())
	for entries := v.MapRange(); entries.Next(); {
		value := reflect.New(v.Type().Elem()).Elem()
		value.Set(entries.Value())
		s.elem.fill(value)
		copied.SetMapIndex(entries.Key(), value)
	}
	v.Set(copied)
}
