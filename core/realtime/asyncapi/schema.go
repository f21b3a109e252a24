package asyncapi

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"example.com/pergola/core/realtime/internal/payload"
)

// schemas collects the schemas of structs.
type schemas struct {
	names map[string]string // package path and name of the type, by schema name
	found map[string]object
}

// add adds the schemas of a struct and of the structs in it, and returns the name
// of its schema.
func (s *schemas) add(t reflect.Type) (string, error) {
	if t == nil || t.Name() == "" {
		return "", fmt.Errorf("%v: give the type a name", t)
	}
	identity, name := t.PkgPath()+"."+t.Name(), schemaName(t)
	if known, ok := s.names[name]; ok {
		if known != identity {
			return "", fmt.Errorf("%s and %s have the same name: rename one", known, identity)
		}
		return name, nil
	}
	s.names[name] = identity // before its fields: it may contain itself
	fields, err := payload.Fields(t)
	if err != nil {
		return "", err
	}
	properties, required := object{}, []string{}
	for _, field := range fields {
		described, err := s.field(field)
		if err != nil {
			return "", fmt.Errorf("field %s of %s: %w", field.GoName, t, err)
		}
		properties[field.Name] = described
		if !field.Optional {
			required = append(required, field.Name)
		}
	}
	described := object{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		described["required"] = required
	}
	s.found[name] = described
	return name, nil
}

// schemaName returns the type's name in Go, such as blog.ArticleFeed, without the
// characters that a component's name cannot contain.
func schemaName(t reflect.Type) string {
	name := t.String()
	if generic, arguments, ok := strings.Cut(name, "["); ok {
		name = generic
		for argument := range strings.SplitSeq(strings.TrimSuffix(arguments, "]"), ",") {
			name += "_" + argument[strings.LastIndexByte(argument, '/')+1:]
		}
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			return r
		default:
			return -1
		}
	}, name)
}

func (s *schemas) field(field payload.Field) (object, error) {
	rules := rulesOf(field.Tag.Get("validate"))
	if field.Quoted {
		quoted := object{"type": "string", "description": "A number, encoded as a string."}
		for _, rule := range rules {
			rule.keep(quoted)
		}
		return quoted, nil
	}
	return s.ruled(field.Type, rules)
}

// ruled returns the schema of a type with the rules of a tag.
func (s *schemas) ruled(t reflect.Type, rules []rule) (object, error) {
	if t.Kind() == reflect.Pointer {
		described, err := s.ruled(t.Elem(), rules)
		if err != nil || hasRule(rules, "required") {
			return described, err
		}
		return object{"anyOf": []any{described, object{"type": "null"}}}, nil
	}
	described, err := s.plain(t)
	if err != nil {
		return nil, err
	}
	return s.withRules(described, t, rules)
}

// plain returns the schema of a type without rules.
func (s *schemas) plain(t reflect.Type) (object, error) {
	if t == reflect.TypeFor[time.Time]() {
		return object{"type": "string", "format": "date-time"}, nil
	}
	form, err := payload.FormOf(t)
	if err != nil {
		return nil, err
	}
	switch form {
	case payload.FormText:
		if t.Kind() == reflect.Slice {
			return object{"type": "string", "contentEncoding": "base64"}, nil
		}
		return object{"type": "string"}, nil
	case payload.FormNumber:
		return numberSchema(t), nil
	case payload.FormBool:
		return object{"type": "boolean"}, nil
	case payload.FormList:
		items, err := s.ruled(t.Elem(), nil)
		list := object{"type": "array", "items": items}
		if t.Kind() == reflect.Array {
			list["minItems"], list["maxItems"] = t.Len(), t.Len()
		}
		return list, err
	case payload.FormMap:
		values, err := s.ruled(t.Elem(), nil)
		return object{"type": "object", "additionalProperties": values}, err
	case payload.FormObject:
		name, err := s.add(t)
		return reference("components", "schemas", name), err
	default:
		return object{}, nil // a custom encoding: anything but null
	}
}

func numberSchema(t reflect.Type) object {
	switch t.Kind() {
	case reflect.Float32, reflect.Float64:
		return object{"type": "number"}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return object{"type": "integer", "minimum": 0}
	default:
		return object{"type": "integer"}
	}
}
