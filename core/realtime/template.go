package realtime

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	userParam = "userId"

	maxTopicLength = 256
	maxParamLength = 128
)

// template is a channel's name, split into parts: "a.b.{c}".
type template struct {
	parts  []part
	params []string
}

type part struct {
	literal string
	param   string // "" for a literal
}

func parseTemplate(name string) (template, error) {
	var t template
	if len(name) > maxTopicLength {
		return t, fmt.Errorf("its name is longer than %d bytes", maxTopicLength)
	}
	for i, text := range strings.Split(name, ".") {
		p, err := parsePart(text)
		if err != nil {
			return template{}, err
		}
		if p.param != "" {
			if i == 0 {
				return template{}, errors.New("a name begins with its feature, not with a parameter")
			}
			for _, known := range t.params {
				if known == p.param {
					return template{}, fmt.Errorf("parameter {%s} appears twice", p.param)
				}
			}
			t.params = append(t.params, p.param)
		}
		t.parts = append(t.parts, p)
	}
	if len(t.parts) < 2 {
		return template{}, errors.New(`a name has two or more parts, such as "blog.article.feed"`)
	}
	return t, nil
}

func parsePart(text string) (part, error) {
	if inner, ok := strings.CutPrefix(text, "{"); ok {
		inner, ok = strings.CutSuffix(inner, "}")
		if !ok || !isWord(inner, unicode.IsLetter) {
			return part{}, fmt.Errorf("%q is not a parameter such as {articleId}", text)
		}
		return part{param: inner}, nil
	}
	if !isWord(text, unicode.IsLower) {
		return part{}, fmt.Errorf("part %q is not of the form a-z, 0-9, _ and -, beginning with a letter", text)
	}
	return part{literal: text}, nil
}

func isWord(text string, letter func(rune) bool) bool {
	for i, r := range text {
		ok := r < utf8.RuneSelf && (letter(r) || i > 0 && (r >= '0' && r <= '9' || r == '_' || r == '-'))
		if !ok {
			return false
		}
	}
	return text != ""
}

// topic returns the topic with these values for the parameters.
func (t template) topic(values []string) (string, error) {
	if len(values) != len(t.params) {
		return "", fmt.Errorf("%d values for the parameters {%s}", len(values), strings.Join(t.params, "}, {"))
	}
	texts := make([]string, len(t.parts))
	next := 0
	for i, p := range t.parts {
		texts[i] = p.literal
		if p.param == "" {
			continue
		}
		if !isParamValue(values[next]) {
			return "", fmt.Errorf("%q cannot be the value of {%s}", values[next], p.param)
		}
		texts[i] = values[next]
		next++
	}
	topic := strings.Join(texts, ".")
	if len(topic) > maxTopicLength {
		return "", fmt.Errorf("the topic is longer than %d bytes", maxTopicLength)
	}
	return topic, nil
}

// match returns the parameters of a topic that was split at its dots.
func (t template) match(parts []string) (params map[string]string, ok bool) {
	if len(parts) != len(t.parts) {
		return nil, false
	}
	for i, p := range t.parts {
		if p.param == "" && p.literal != parts[i] {
			return nil, false
		}
		if p.param != "" && !isParamValue(parts[i]) {
			return nil, false
		}
	}
	if len(t.params) == 0 {
		return nil, true
	}
	params = make(map[string]string, len(t.params))
	for i, p := range t.parts {
		if p.param != "" {
			params[p.param] = parts[i]
		}
	}
	return params, true
}

// overlaps reports whether some topic matches both templates.
func (t template) overlaps(other template) bool {
	if len(t.parts) != len(other.parts) {
		return false
	}
	for i, p := range t.parts {
		o := other.parts[i]
		if p.param == "" && o.param == "" && p.literal != o.literal {
			return false
		}
	}
	return true
}

// isParamValue reports whether a value is safe: it cannot be read as another topic,
// and contains nothing that would corrupt a log or a terminal.
func isParamValue(value string) bool {
	if value == "" || len(value) > maxParamLength || !utf8.ValidString(value) {
		return false
	}
	for _, r := range value {
		if !unicode.IsGraphic(r) || unicode.IsSpace(r) || strings.ContainsRune(".{}", r) {
			return false
		}
	}
	return true
}
