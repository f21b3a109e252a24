package asyncapi

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// rule is one word of a validate tag: max=200.
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

// keep notes a rule that JSON Schema cannot say.
func (r rule) keep(schema object) {
	said := r.name
	if r.param != "" {
		said += "=" + r.param
	}
	if before, ok := schema["x-validate"].(string); ok {
		said = before + "," + said
	}
	schema["x-validate"] = said
}

// withRules is a schema with what its tag demands. After omitempty, what is
// empty is right, too.
func (s *schemas) withRules(schema object, t reflect.Type, rules []rule) (object, error) {
	if i := slices.IndexFunc(rules, func(r rule) bool { return r.name == "dive" }); i >= 0 {
		if err := s.dive(schema, t, rules[i+1:]); err != nil {
			return nil, err
		}
		rules = rules[:i]
	}
	optional := hasRule(rules, "omitempty")
	rules = slices.DeleteFunc(slices.Clone(rules), func(r rule) bool {
		return r.name == "omitempty" || r.name == "required" && !demandsSomething(t)
	})
	if len(rules) == 0 {
		return schema, nil
	}
	ruled := object{}
	for _, r := range rules {
		if !r.say(ruled, t) {
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

// dive puts the rules on the entries of a list or a map.
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

// demandsSomething reports whether `required` rules out any JSON of the type: a
// list is never null here, and a time is never empty.
func demandsSomething(t reflect.Type) bool {
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

// formats are rules that JSON Schema knows as formats.
var formats = map[string]string{
	"email": "email", "uuid": "uuid", "url": "uri", "uri": "uri", "hostname": "hostname", "ipv4": "ipv4", "ipv6": "ipv6",
}

// patterns are rules that are regular expressions.
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

// say adds the rule to a schema and reports whether it can be said.
func (r rule) say(schema object, t reflect.Type) bool {
	if format, ok := formats[r.name]; ok {
		return setOnce(schema, "format", format)
	}
	if pattern, ok := patterns[r.name]; ok {
		return setOnce(schema, "pattern", pattern(r.param))
	}
	switch r.name {
	case "required":
		return sayRequired(schema, t)
	case "oneof":
		return sayOneOf(schema, t, r.param)
	case "unique":
		return r.param == "" && t.Kind() != reflect.Map && setOnce(schema, "uniqueItems", true)
	case "min", "gte":
		return sayBound(schema, t, "min", r.param, 0)
	case "max", "lte":
		return sayBound(schema, t, "max", r.param, 0)
	case "gt":
		return sayBound(schema, t, "min", r.param, 1)
	case "lt":
		return sayBound(schema, t, "max", r.param, -1)
	case "len":
		return sayBound(schema, t, "min", r.param, 0) && sayBound(schema, t, "max", r.param, 0)
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

func sayRequired(schema object, t reflect.Type) bool {
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

// oneOfWords are those of validator: in single quotes where one has a space.
var oneOfWords = regexp.MustCompile(`'[^']*'|\S+`)

func sayOneOf(schema object, t reflect.Type, param string) bool {
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

// sayBound says how long a text, how many entries a list or how great a number
// is at least or at most. Beyond, by one, is what gt and lt mean for a count.
func sayBound(schema object, t reflect.Type, side, param string, beyond int) bool {
	key := map[reflect.Kind]string{
		reflect.String: "Length", reflect.Slice: "Items", reflect.Array: "Items", reflect.Map: "Properties",
	}[t.Kind()]
	if key != "" {
		n, err := strconv.Atoi(param)
		if err != nil {
			return false
		}
		schema[side+key] = n + beyond
		return true
	}
	if _, err := strconv.ParseFloat(param, 64); err != nil || t.Kind() == reflect.Struct || t.Kind() == reflect.Bool {
		return false
	}
	name := side + "imum"
	if beyond != 0 {
		name = "exclusive" + strings.ToUpper(name[:1]) + name[1:]
	}
	schema[name] = json.Number(param)
	return true
}
