package payload

import (
	"encoding/json"
	"strconv"
	"strings"
)

// check compares valid JSON with its shape and finds what encoding/json accepts:
// missing, unknown and duplicate fields, names in the wrong case, null for a value
// that is not a pointer, and arrays of the wrong length.
func (s *shape) check(data []byte) error {
	w := walk{data: data}
	if problem := w.value(element{shape: s}); problem != nil {
		return problem
	}
	return nil
}

// in prefixes the error's path with the field or entry that contains it.
func (e *Error) in(place string) *Error {
	if e != nil && (e.Field == "" || e.Field[0] == '[') {
		e.Field = place + e.Field
	} else if e != nil {
		e.Field = place + "." + e.Field
	}
	return e
}

type walk struct {
	data []byte // valid JSON
	at   int
}

func (w *walk) value(e element) *Error {
	w.space()
	if w.data[w.at] == 'n' {
		w.at += len("null")
		if e.nullable {
			return nil
		}
		return &Error{Problem: e.form.problem()}
	}
	if !e.form.beginsWith(w.data[w.at]) {
		return &Error{Problem: e.form.problem()}
	}
	switch e.form {
	case FormObject:
		return w.object(e.shape)
	case FormMap:
		return w.dictionary(e.shape)
	case FormList:
		return w.list(e.shape)
	default:
		w.skip()
		return nil
	}
}

func (f Form) beginsWith(c byte) bool {
	switch f {
	case FormText:
		return c == '"'
	case FormNumber:
		return c == '-' || c >= '0' && c <= '9'
	case FormBool:
		return c == 't' || c == 'f'
	case FormList:
		return c == '['
	case FormMap, FormObject:
		return c == '{'
	default:
		return true
	}
}

func (w *walk) object(s *shape) *Error {
	var few [32]bool
	seen := few[:]
	if len(s.fields) > len(few) {
		seen = make([]bool, len(s.fields))
	}
	w.at++ // {
	for name, ok := w.member(); ok; name, ok = w.member() {
		i, known := s.byName[string(name)]
		if !known {
			return (&Error{Problem: "is unknown"}).in(shown(name))
		}
		field := &s.fields[i]
		if seen[i] {
			return &Error{Field: field.Name, Problem: "appears twice"}
		}
		seen[i] = true
		if problem := w.value(field.element); problem != nil {
			return problem.in(field.Name)
		}
	}
	for i := range s.fields {
		if !seen[i] && !s.fields[i].Optional {
			return &Error{Field: s.fields[i].Name, Problem: "is missing"}
		}
	}
	return nil
}

func (w *walk) dictionary(s *shape) *Error {
	seen := map[string]bool{}
	w.at++ // {
	for name, ok := w.member(); ok; name, ok = w.member() {
		if seen[string(name)] {
			return &Error{Field: shown(name), Problem: "appears twice"}
		}
		seen[string(name)] = true
		if problem := w.value(s.elem); problem != nil {
			return problem.in(shown(name))
		}
	}
	return nil
}

func (w *walk) list(s *shape) *Error {
	w.at++ // [
	n := 0
	for w.space(); w.data[w.at] != ']'; w.space() {
		if w.data[w.at] == ',' {
			w.at++
		}
		if problem := w.value(s.elem); problem != nil {
			return problem.in("[" + strconv.Itoa(n) + "]")
		}
		n++
	}
	w.at++ // ]
	if s.length >= 0 && n != s.length {
		return &Error{Problem: "must have " + strconv.Itoa(s.length) + " entries"}
	}
	return nil
}

// member reads the name of an object's next member, up to its value. It returns
// false at the end of the object.
func (w *walk) member() (name []byte, ok bool) {
	w.space()
	if w.data[w.at] == ',' {
		w.at++
		w.space()
	}
	if w.data[w.at] == '}' {
		w.at++
		return nil, false
	}
	name = w.text()
	w.space()
	w.at++ // :
	return name, true
}

func (w *walk) space() {
	for w.data[w.at] == ' ' || w.data[w.at] == '\t' || w.data[w.at] == '\n' || w.data[w.at] == '\r' {
		w.at++
	}
}

// text reads a string. Names with escapes are rare, so they take a slower path.
func (w *walk) text() []byte {
	begin := w.at
	w.skipText()
	raw := w.data[begin+1 : w.at-1]
	for _, c := range raw {
		if c == '\\' {
			var unescaped string
			_ = json.Unmarshal(w.data[begin:w.at], &unescaped) // it is valid JSON
			return []byte(unescaped)
		}
	}
	return raw
}

func (w *walk) skipText() {
	for w.at++; w.data[w.at] != '"'; w.at++ {
		if w.data[w.at] == '\\' {
			w.at++
		}
	}
	w.at++
}

// skip skips a value of any form.
func (w *walk) skip() {
	for depth := 0; w.at < len(w.data); {
		switch w.data[w.at] {
		case '"':
			w.skipText()
		case '{', '[':
			depth++
			w.at++
		case '}', ']':
			if depth == 0 {
				return
			}
			depth--
			w.at++
		case ',':
			if depth == 0 {
				return
			}
			w.at++
		default:
			w.at++
			continue
		}
		if depth == 0 {
			return
		}
	}
}

// shown quotes a name that the client sent, shortened for a message.
func shown(name []byte) string {
	const most = 40
	text := strings.ToValidUTF8(string(name), "?")
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}
