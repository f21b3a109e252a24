// Package typescript writes the payloads of channels as TypeScript types, so that
// renaming a field in Go makes the browser code fail to compile.
//
//	err := typescript.Write(file, realtime.Describe(manifests))
//
// writes an interface for each payload and one named Channels, from a channel's
// name or template to its payload. `web describe --typescript` prints it, and
// web/src/channels.gen.ts is a copy.
//
// A time is a string, a pointer can be null, a field with omitempty or omitzero is
// optional, and a field with the rule oneof is a union of its values. A 64-bit
// integer is a number, which is exact up to 53 bits in JavaScript: use the json
// option "string" if that is not enough.
package typescript

import (
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/internal/payload"
)

// Write writes the types of the channels. It returns an error for a payload that
// realtime.NewServer would reject or whose type has no name, and any error of w.
func Write(w io.Writer, channels []realtime.ChannelDescription) error {
	g := &generator{names: map[reflect.Type]string{}}
	for _, channel := range channels {
		g.collect(channel.Payload)
	}
	if err := g.nameAll(); err != nil {
		return err
	}
	g.text.WriteString("// Made by `go run ./cmd/web describe --typescript`. Do not edit.\n")
	for _, t := range g.found {
		if err := g.writeInterface(t); err != nil {
			return fmt.Errorf("write %s as TypeScript: %w", t, err)
		}
	}
	g.writeChannels(channels)
	_, err := io.WriteString(w, g.text.String())
	return err
}

type generator struct {
	found []reflect.Type // structs, in the order of their first use
	names map[reflect.Type]string
	text  strings.Builder
}

// collect finds the structs that need an interface. Errors in types are reported
// when the types are written.
func (g *generator) collect(t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		g.collect(t.Elem())
		return
	}
	if form, err := payload.FormOf(t); err != nil || form != payload.FormObject || slices.Contains(g.found, t) {
		return
	}
	g.found = append(g.found, t)
	fields, _ := payload.Fields(t)
	for _, field := range fields {
		g.collect(field.Type)
	}
}

// nameAll names the interfaces like the Go types, with the package's name as prefix
// if several packages use the name.
func (g *generator) nameAll() error {
	count := map[string]int{}
	for _, t := range g.found {
		count[plainName(t)]++
	}
	taken := map[string]bool{}
	for _, t := range g.found {
		name := plainName(t)
		if count[name] > 1 {
			name = capitalized(t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]) + name
		}
		if t.Name() == "" || taken[name] {
			return fmt.Errorf("write %s as TypeScript: give the type a unique name", t)
		}
		taken[name] = true
		g.names[t] = name
	}
	return nil
}

// plainName returns a type's name without its package. For generic types it adds
// the type arguments: Page[example.com/shop.Item] is PageItem.
func plainName(t reflect.Type) string {
	name, arguments, generic := strings.Cut(t.Name(), "[")
	if !generic {
		return name
	}
	for argument := range strings.SplitSeq(strings.TrimSuffix(arguments, "]"), ",") {
		argument = argument[strings.LastIndexByte(argument, '/')+1:]
		argument = argument[strings.LastIndexByte(argument, '.')+1:]
		name += capitalized(identifier(argument))
	}
	return name
}

func identifier(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text)
}

func capitalized(text string) string {
	text = identifier(text)
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func (g *generator) writeInterface(t reflect.Type) error {
	fields, err := payload.Fields(t)
	if err != nil {
		return err
	}
	fmt.Fprintf(&g.text, "\nexport interface %s {\n", g.names[t])
	for _, field := range fields {
		typ, err := g.fieldType(field)
		if err != nil {
			return fmt.Errorf("field %s: %w", field.GoName, err)
		}
		optional := ""
		if field.Optional {
			optional = "?"
		}
		fmt.Fprintf(&g.text, "  %s%s: %s;\n", property(field.Name), optional, typ)
	}
	g.text.WriteString("}\n")
	return nil
}

func (g *generator) fieldType(field payload.Field) (string, error) {
	if field.Quoted {
		return "string", nil
	}
	if literals := oneOf(field); literals != "" {
		return literals, nil
	}
	typ, err := g.typeOf(field.Type)
	if field.Optional {
		typ = strings.TrimSuffix(typ, " | null") // it is absent instead
	}
	return typ, err
}

func (g *generator) typeOf(t reflect.Type) (string, error) {
	if t.Kind() == reflect.Pointer {
		typ, err := g.typeOf(t.Elem())
		return typ + " | null", err
	}
	if t == reflect.TypeFor[time.Time]() {
		return "string", nil
	}
	form, err := payload.FormOf(t)
	if err != nil {
		return "", err
	}
	switch form {
	case payload.FormText:
		return "string", nil
	case payload.FormNumber:
		return "number", nil
	case payload.FormBool:
		return "boolean", nil
	case payload.FormObject:
		return g.names[t], nil
	case payload.FormList:
		elem, err := g.typeOf(t.Elem())
		return listOf(t, elem), err
	case payload.FormMap:
		elem, err := g.typeOf(t.Elem())
		return "Record<string, " + elem + ">", err
	default:
		return "unknown", nil
	}
}

func listOf(t reflect.Type, elem string) string {
	if t.Kind() == reflect.Array {
		return "[" + strings.TrimSuffix(strings.Repeat(elem+", ", t.Len()), ", ") + "]"
	}
	if strings.Contains(elem, " ") {
		elem = "(" + elem + ")"
	}
	return elem + "[]"
}

// oneOf returns the union of the values that the rule oneof allows, or "" if the
// field has no such rule.
func oneOf(field payload.Field) string {
	if field.Type.Kind() != reflect.String {
		return ""
	}
	for rule := range strings.SplitSeq(field.Tag.Get("validate"), ",") {
		values, ok := strings.CutPrefix(rule, "oneof=")
		if !ok || strings.Contains(values, "'") {
			continue
		}
		var literals []string
		for _, value := range strings.Fields(values) {
			literals = append(literals, strconv.Quote(value))
		}
		return strings.Join(literals, " | ")
	}
	return ""
}

var plainProperty = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`)

// property returns the name, quoted if necessary.
func property(name string) string {
	if plainProperty.MatchString(name) {
		return name
	}
	return strconv.Quote(name)
}

func (g *generator) writeChannels(channels []realtime.ChannelDescription) {
	g.text.WriteString("\n/** The payload of each channel. */\nexport interface Channels {\n")
	for _, channel := range channels {
		fmt.Fprintf(&g.text, "  %q: %s;\n", channel.Name, g.names[channel.Payload])
	}
	g.text.WriteString("}\n")
}
