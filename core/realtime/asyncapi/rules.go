package asyncapi

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// rule is one rule of a validate tag, such as max=200.
type rule struct{ name, param string }

func rulesOf(tag string) []rule {
	var rules []rule
	for word := range strings.SplitSeq(tag, ",") {
		if name, param, _ := strings.Cut(word, "="); name != "" && name != "-" {
			rules = append(rules, rule{name, param})
		}
	}
	return rules
}

func hasRule(rules []rule, name string) bool {
	return slices.ContainsFunc(rules, func(r rule) bool { return r.name == name })
}

// keep adds a rule that JSON Schema cannot express to x-validate.
func (r rule) keep(schema object) {
	text := r.name
	if r.param != "" {
		text += "=" + r.param
	}
	if before, ok := schema["x-validate"].(string); ok {
		text = before + "," + text
	}
	schema["x-validate"] = text
}

// withRules returns the schema with the rules of a tag. With omitempty, the empty
// value is valid, too.
func (s *schemas) withRules(schema object, t reflect.Type, rules []rule) (object, error) {
	if i := slices.IndexFunc(rules, func(r rule) bool { return r.name == "dive" }); i >= 0 {
		if err := s.dive(schema, t, rules[i+1:]); err != nil {
			return nil, err
		}
		rules = rules[:i]
	}
	optional := hasRule(rules, "omitempty")
	rules = slices.DeleteFunc(slices.Clone(rules), func(r rule) bool {
		return r.name == "omitempty" || r.name == "required" && !requiredApplies(t)
	})
	if len(rules) == 0 {
		return schema, nil
	}
	ruled := object{}
	for _, r := range rules {
		if !r.addTo(ruled, t) {
			r.keep(ruled)
		}
	}
	_, isReference := schema["$ref"]
	empty := emptyValue(t)
	switch {
	case optional && empty != nil:
		schema["anyOf"] = []any{object{"const": empty}, ruled}
		return schema, nil
	case isReference:
		return object{"allOf": []any{schema, ruled}}, nil
	default:
		for key, value := range ruled {
			schema[key] = value
		}
		return schema, nil
	}
}

// dive adds the rules to the elements of a list or map.
func (s *schemas) dive(schema object, t reflect.Type, rules []rule) error {
	key := map[reflect.Kind]string{reflect.Slice: "items", reflect.Array: "items", reflect.Map: "additionalProperties"}[t.Kind()]
	if key == "" || hasRule(rules, "keys") {
		for _, r := range append([]rule{{name: "dive"}}, rules...) {
			r.keep(schema)
		}
		return nil
	}
	entry, err := s.ruled(t.Elem(), rules)
	schema[key] = entry
	return err
}

// requiredApplies reports whether `required` rejects any JSON of the type. It rejects
// no list or map, because null is never valid, and no struct.
func requiredApplies(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Map, reflect.Struct, reflect.Array:
		return false
	default:
		return true
	}
}

func emptyValue(t reflect.Type) any {
	switch t.Kind() {
	case reflect.String:
		return ""
	case reflect.Bool:
		return false
	case reflect.Slice:
		return []any{}
	case reflect.Map:
		return object{}
	case reflect.Array, reflect.Struct, reflect.Interface:
		return nil
	default:
		return 0
	}
}

// formats are the rules that are formats in JSON Schema.
var formats = map[string]string{
	"email": "email", "uuid": "uuid", "url": "uri", "uri": "uri", "hostname": "hostname", "ipv4": "ipv4", "ipv6": "ipv6",
}

// patterns are the rules that can be written as regular expressions.
var patterns = map[string]func(param string) string{
	"startswith":  func(param string) string { return "^" + regexp.QuoteMeta(param) },
	"endswith":    func(param string) string { return regexp.QuoteMeta(param) + "$" },
	"contains":    regexp.QuoteMeta,
	"alpha":       func(string) string { return "^[a-zA-Z]+$" },
	"alphanum":    func(string) string { return "^[a-zA-Z0-9]+$" },
	"numeric":     func(string) string { return `^[-+]?[0-9]+(?:\.[0-9]+)?$` },
	"hexadecimal": func(string) string { return "^(0[xX])?[0-9a-fA-F]+$" },
	"lowercase":   func(string) string { return "^[^A-Z]*$" },
	"e164":        func(string) string { return `^\+[1-9]?[0-9]{7,14}$` },
}

// addTo adds the rule to a schema. It returns false if JSON Schema cannot express
// the rule.
func (r rule) addTo(schema object, t reflect.Type) bool {
	if format, ok := formats[r.name]; ok {
		return setOnce(schema, "format", format)
	}
	if pattern, ok := patterns[r.name]; ok {
		return setOnce(schema, "pattern", pattern(r.param))
	}
	switch r.name {
	case "required":
		return addRequired(schema, t)
	case "oneof":
		return addOneOf(schema, t, r.param)
	case "unique":
		return r.param == "" && t.Kind() != reflect.Map && setOnce(schema, "uniqueItems", true)
	case "min", "gte":
		return addBound(schema, t, "min", r.param, 0)
	case "max", "lte":
		return addBound(schema, t, "max", r.param, 0)
	case "gt":
		return addBound(schema, t, "min", r.param, 1)
	case "lt":
		return addBound(schema, t, "max", r.param, -1)
	case "len":
		return addBound(schema, t, "min", r.param, 0) && addBound(schema, t, "max", r.param, 0)
	default:
		return false
	}
}

func setOnce(schema object, key string, value any) bool {
	if _, taken := schema[key]; taken {
		return false
	}
	schema[key] = value
	return true
}

func addRequired(schema object, t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String:
		if _, bounded := schema["minLength"]; !bounded {
			schema["minLength"] = 1
		}
	case reflect.Bool:
		schema["const"] = true
	default:
		schema["not"] = object{"const": 0}
	}
	return true
}

// oneOfWords matches the values of oneof, which are in single quotes if they contain
// a space.
var oneOfWords = regexp.MustCompile(`'[^']*'|\S+`)

func addOneOf(schema object, t reflect.Type, param string) bool {
	var values []any
	for _, word := range oneOfWords.FindAllString(param, -1) {
		word = strings.Trim(word, "'")
		if t.Kind() == reflect.String {
			values = append(values, word)
			continue
		}
		values = append(values, json.Number(word))
	}
	return setOnce(schema, "enum", values)
}

// addBound adds the minimum or maximum of a string's length, a list's items or a
// number. For counts, gt and lt are bounds that differ by one.
func addBound(schema object, t reflect.Type, side, param string, offset int) bool {
	key := map[reflect.Kind]string{
		reflect.String: "Length", reflect.Slice: "Items", reflect.Array: "Items", reflect.Map: "Properties",
	}[t.Kind()]
	if key != "" {
		n, err := strconv.Atoi(param)
		if err != nil {
			return false
		}
		schema[side+key] = n + offset
		return true
	}
	if _, err := strconv.ParseFloat(param, 64); err != nil || t.Kind() == reflect.Struct || t.Kind() == reflect.Bool {
		return false
	}
	name := side + "imum"
	if offset != 0 {
		name = "exclusive" + strings.ToUpper(name[:1]) + name[1:]
	}
	schema[name] = json.Number(param)
	return true
}
