package blog

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"example.com/pergola/core/fault"
)

// The longest that a text may be, in characters.
const (
	MaxTitle   = 200
	MaxSummary = 500
	MaxBody    = 100_000
)

// Text is what an editor writes: the fields of the edit form.
type Text struct {
	Title   string
	Summary string // optional: without it readers see the beginning of the body
	Body    string // Markdown
}

// Checked is the text as it is stored: title and summary on one line each, the
// body with plain line ends. It fails with fault.Invalid and names every field
// that is too long, holds what is not text, or is missing.
func (t Text) Checked() (Text, error) {
	checked := Text{
		Title:   oneLine(t.Title),
		Summary: oneLine(t.Summary),
		Body:    strings.Trim(plainLineEnds(t.Body), "\n"),
	}
	var wrong []fault.Field
	for _, field := range []struct {
		name, label, value string
		limit              int
	}{
		{"title", "The title", checked.Title, MaxTitle},
		{"summary", "The summary", checked.Summary, MaxSummary},
		{"body", "The text", checked.Body, MaxBody},
	} {
		if complaint := complaintAbout(field.value, field.limit); complaint != "" {
			wrong = append(wrong, fault.Field{Name: field.name, Message: field.label + " " + complaint})
		}
	}
	if checked.Title == "" {
		wrong = append(wrong, fault.Field{Name: "title", Message: "An article needs a title."})
	}
	return checked, fault.InvalidFields(wrong...)
}

// complaintAbout says what is wrong with a value, "" if nothing is. PostgreSQL
// stores neither invalid UTF-8 nor NUL, so both are refused here, where there
// are words for it.
func complaintAbout(value string, limit int) string {
	switch {
	case !utf8.ValidString(value):
		return "is not valid UTF-8 text."
	case strings.ContainsRune(value, 0):
		return "holds a NUL character, which is not text."
	}
	if length := utf8.RuneCountInString(value); length > limit {
		return fmt.Sprintf("has %d characters; at most %d are possible.", length, limit)
	}
	return ""
}

// Browsers send the line ends of forms as CR LF.
func plainLineEnds(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
