// Package form reads and validates what people type into forms.
//
// Values are normalized and validated by the rules of an entity, so that every
// use case applies them for every caller. All mistakes are reported at once,
// each next to its field:
//
//	func (d Details) Normalize() (Details, error) {
//		d.Title, d.Body = form.Line(d.Title), form.Text(d.Body)
//		var errs form.Errors
//		errs.Required("title", "Title", d.Title == "")
//		errs.MaxLength("title", "Title", d.Title, MaxTitle)
//		errs.MaxLength("body", "Body", d.Body, MaxBody)
//		return d, errs.Err()
//	}
//
// Numbers and times arrive as text. An HTTP handler parses them with the same
// Errors:
//
//	dueAt := errs.ParseTime("due_at", "Due at", values.Get("due_at"))
package form

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/pergola/core/fault"
)

// Line returns the text on one line, with single spaces and none around it.
func Line(text string) string { return strings.Join(strings.Fields(text), " ") }

// Text returns the text without white space around it, its lines separated by
// LF. Browsers send CR LF.
func Text(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"))
}

// Errors collects the fields that violate a rule, with the first violation of
// each. A label starts the message, such as "Title". The zero value is ready to use.
type Errors struct{ fields []fault.Field }

// Err returns a fault.Invalid that names the fields, or nil if there are none.
func (e *Errors) Err() error { return fault.InvalidFields(e.fields...) }

// Add reports a field with a message, which is a complete sentence. With an
// empty message it does nothing.
func (e *Errors) Add(name, message string) {
	if message != "" && !slices.ContainsFunc(e.fields, func(f fault.Field) bool { return f.Name == name }) {
		e.fields = append(e.fields, fault.Field{Name: name, Message: message})
	}
}

// Required reports a field that is missing.
func (e *Errors) Required(name, label string, missing bool) {
	if missing {
		e.Add(name, label+" is required.")
	}
}

// MaxLength reports a value with more characters than the limit, and one that
// Postgres cannot store: invalid UTF-8, or a NUL character.
func (e *Errors) MaxLength(name, label, value string, limit int) {
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		e.Add(name, label+" contains characters that aren't text.")
	}
	if length := utf8.RuneCountInString(value); length > limit {
		e.Add(name, fmt.Sprintf("%s has %d characters. The maximum is %d.", label, length, limit))
	}
}

// URL reports a value that is not an http or https URL. An empty one is fine.
func (e *Errors) URL(name, label, value string) {
	address, err := url.Parse(value)
	if value != "" && (err != nil || address.Host == "" || address.Scheme != "https" && address.Scheme != "http") {
		e.Add(name, label+" must be a URL, such as https://example.com/.")
	}
}

// Year reports a time outside of the years 1 to 9999. The zero time is fine.
func (e *Errors) Year(name, label string, at time.Time) {
	if !at.IsZero() && (at.Year() < 1 || at.Year() > 9999) {
		e.Add(name, label+" must be in the years 1 to 9999.")
	}
}
