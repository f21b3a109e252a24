package payload

import (
	"encoding/json"
	"strconv"
	"strings"
)

// check walks over valid JSON beside the shape that it should have and finds
// what encoding/json lets pass: missing, unknown and repeated fields, names in
// the wrong case, null where there is no pointer, lists of the wrong length.
func (s *shape) check(data []byte) error {
	w := walk{data: data}
	return w.value(element{shape: s}, path{})
}

// path is where the walk is. It is written out only for an error.
type path struct {
	parent *path
	name   string // of a field
	index  int    // in a list, if name is ""
}

func (p *path) String() string {
	if p.parent == nil {
		return ""
	}
	before := p.parent.String()
	switch {
	case p.name == "":
		return before + "[" + strconv.Itoa(p.index) + "]"
	case before == "":
		return p.name
	default:
		return before + "." + p.name
	}
}

type walk struct {
	data []byte // valid JSON
	at   int
}

func (w *walk) value(e element, at path) error {
	w.space()
	if w.data[w.at] == 'n' {
		w.at += len("null")
		if e.nullable {
			return nil
		}
		return problem(&at, e.form.problem())
	}
	if !e.form.beginsWith(w.data[w.at]) {
		return problem(&at, e.form.problem())
	}
	switch e.form {
	case formObject:
		return w.object(e.shape, at)
	case formMap:
		return w.dictionary(e.shape, at)
	case formList:
		return w.list(e.shape, at)
	default:
		w.skip()
		return nil
	}
}

func (f form) beginsWith(c byte) bool {
	switch f {
	case formText:
		return c == '"'
	case formNumber:
		return c == '-' || c >= '0' && c <= '9'
	case formBool:
		return c == 't' || c == 'f'
	case formList:
		return c == '['
	case formMap, formObject:
		return c == '{'
	default:
		return true
	}
}

func (w *walk) object(s *shape, at path) error {
	var few [32]bool
	seen := few[:]
	if len(s.fields) > len(few) {
		seen = make([]bool, len(s.fields))
	}
	err := w.members(func(name []byte) error {
		i, known := s.byName[string(name)]
		if !known {
			return problem(&path{parent: &at, name: shown(name)}, "is not known")
		}
		field := &s.fields[i]
		here := path{parent: &at, name: field.name}
		if seen[i] {
			return problem(&here, "stands twice")
		}
		seen[i] = true
		return w.value(field.element, here)
	})
	if err != nil {
		return err
	}
	for i := range s.fields {
		if !seen[i] && !s.fields[i].optional {
			return problem(&path{parent: &at, name: s.fields[i].name}, "is missing")
		}
	}
	return nil
}

func (w *walk) dictionary(s *shape, at path) error {
	seen := map[string]bool{}
	return w.members(func(name []byte) error {
		here := path{parent: &at, name: shown(name)}
		if seen[string(name)] {
			return problem(&here, "stands twice")
		}
		seen[string(name)] = true
		return w.value(s.elem, here)
	})
}

func (w *walk) list(s *shape, at path) error {
	w.at++ // [
	n := 0
	for w.space(); w.data[w.at] != ']'; w.space() {
		if w.data[w.at] == ',' {
			w.at++
		}
		if err := w.value(s.elem, path{parent: &at, index: n}); err != nil {
			return err
		}
		n++
	}
	w.at++ // ]
	if s.length >= 0 && n != s.length {
		return problem(&at, "must have "+strconv.Itoa(s.length)+" entries")
	}
	return nil
}

// members calls each with the name of every member of an object; each moves
// over the value.
func (w *walk) members(each func(name []byte) error) error {
	w.at++ // {
	for w.space(); w.data[w.at] != '}'; w.space() {
		if w.data[w.at] == ',' {
			w.at++
			w.space()
		}
		name := w.text()
		w.space()
		w.at++ // :
		if err := each(name); err != nil {
			return err
		}
	}
	w.at++ // }
	return nil
}

func (w *walk) space() {
	for w.data[w.at] == ' ' || w.data[w.at] == '\t' || w.data[w.at] == '\n' || w.data[w.at] == '\r' {
		w.at++
	}
}

// text reads a string. One with escapes is rare as a name and read slowly.
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

// skip moves over a value of any form.
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

func problem(at *path, text string) error {
	return &Error{Field: at.String(), Problem: text}
}

// shown is a name that the client made up, short enough for a message.
func shown(name []byte) string {
	const most = 40
	text := strings.ToValidUTF8(string(name), "?")
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}
