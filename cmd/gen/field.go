package main

import (
	"fmt"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/names"
	"example.com/pergola/cmd/gen/internal/usage"
)

// kinds are the kinds of fields.
var kinds = []string{"string", "text", "int", "bool", "time", "url"}

// field is a field that people fill in.
type field struct {
	name     names.Name
	Kind     string
	Optional bool
}

// parseFields parses "title:string,body:text,published_at:time?". It fails with a
// usage error.
func parseFields(text string) ([]field, error) {
	var fields []field
	for entry := range strings.SplitSeq(text, ",") {
		f, err := parseField(entry)
		if err != nil {
			return nil, err
		}
		for _, other := range fields {
			if other.Go() == f.Go() {
				return nil, usage.Errorf("--fields has %s twice: remove one", f.Column())
			}
		}
		fields = append(fields, f)
	}
	if len(fields) > 20 {
		return nil, usage.Errorf("--fields has %d fields, and the maximum is 20: split the entity in two", len(fields))
	}
	if !slices.ContainsFunc(fields, field.isTitle) {
		return nil, usage.Errorf("--fields needs a string without ?, such as title:string, which the list shows")
	}
	return fields, nil
}

func parseField(entry string) (field, error) {
	text, kind, found := strings.Cut(strings.TrimSpace(entry), ":")
	if !found {
		return field{}, usage.Errorf("--fields: %q has no kind: write name:kind, such as title:string", entry)
	}
	name, err := names.ParseField(text)
	if err != nil {
		return field{}, err
	}
	kind, optional := strings.CutSuffix(kind, "?")
	if !slices.Contains(kinds, kind) {
		return field{}, usage.Errorf("--fields: unknown kind %q: use one of %s, with a ? if the field is optional", kind, strings.Join(kinds, ", "))
	}
	if kind == "bool" && optional {
		return field{}, usage.Errorf("--fields: %s: a bool cannot be optional: remove the ?", entry)
	}
	return field{name: name, Kind: kind, Optional: optional}, nil
}

// String returns the field as --fields has it.
func (f field) String() string {
	if f.Optional {
		return f.Column() + ":" + f.Kind + "?"
	}
	return f.Column() + ":" + f.Kind
}

// isTitle reports whether the field can be the title of an entry.
func (f field) isTitle() bool { return f.Kind == "string" && !f.Optional }

// Go is the field's name in Go, Column in SQL and in forms, Label on pages,
// Spaced in a sentence.
func (f field) Go() string     { return f.name.Exported() }
func (f field) Column() string { return f.name.Snake() }
func (f field) Label() string  { return f.name.Title() }
func (f field) Spaced() string { return f.name.Spaced() }

// GoType is its type.
func (f field) GoType() string {
	switch f.Kind {
	case "int":
		if f.Optional {
			return "sql.Null[int64]" // 0 is not the same as none
		}
		return "int64"
	case "bool":
		return "bool"
	case "time":
		return "time.Time"
	default:
		return "string"
	}
}

// Comment returns its comment in the struct.
func (f field) Comment() string {
	switch {
	case f.Optional && f.Kind == "int":
		return ""
	case f.Optional && f.Kind == "time":
		return "zero if there is none"
	case f.Optional:
		return "may be empty"
	case f.Kind == "url":
		return "http or https"
	}
	return ""
}

// IsText reports whether it has a length.
func (f field) IsText() bool { return f.GoType() == "string" }

// Limit is the maximum length.
func (f field) Limit() string {
	switch f.Kind {
	case "text":
		return "10_000"
	case "url":
		return "2000"
	default:
		return "200"
	}
}

// MayBeEmpty reports whether the value may be empty.
func (f field) MayBeEmpty() bool { return f.Optional }

// NotEmpty is the condition that the value is not empty.
func (f field) NotEmpty() string {
	switch f.Kind {
	case "int":
		return "details." + f.Go() + ".Valid"
	case "time":
		return "!details." + f.Go() + ".IsZero()"
	default:
		return "details." + f.Go() + ` != ""`
	}
}

// Rules are the statements that normalize the value and check its rules.
func (f field) Rules() []string {
	value, named := "d."+f.Go(), fmt.Sprintf("%q, %q", f.Column(), f.Label())
	var rules []string
	rule := func(format string, args ...any) { rules = append(rules, fmt.Sprintf(format, args...)) }
	switch f.Kind {
	case "text":
		rule("%s = form.Text(%s)", value, value)
	case "time":
		rule("%s = %s.UTC().Truncate(time.Microsecond)", value, value)
	case "string", "url":
		rule("%s = form.Line(%s)", value, value)
	}
	switch {
	case f.Optional:
	case f.Kind == "time":
		rule("errs.Required(%s, %s.IsZero())", named, value)
	case f.IsText():
		rule(`errs.Required(%s, %s == "")`, named, value)
	}
	if f.IsText() {
		rule("errs.MaxLength(%s, %s, Max%s)", named, value, f.Go())
	}
	switch f.Kind {
	case "url":
		rule("errs.URL(%s, %s)", named, value)
	case "time":
		rule("errs.Year(%s, %s)", named, value)
	}
	return rules
}

// Parsed reports whether its text may not be a value at all.
func (f field) Parsed() bool { return f.Kind == "int" || f.Kind == "time" }

// Parse reads the value from a form.
func (f field) Parse() string {
	get := fmt.Sprintf("r.PostForm.Get(%q)", f.Column())
	named := fmt.Sprintf("%q, %q, ", f.Column(), f.Label())
	switch {
	case f.Kind == "bool":
		return fmt.Sprintf("r.PostForm.Has(%q)", f.Column())
	case f.Kind == "time":
		return "errs.ParseTime(" + named + get + ")"
	case f.Kind == "int" && f.Optional:
		return "errs.ParseOptionalInt(" + named + get + ")"
	case f.Kind == "int":
		return "errs.ParseInt(" + named + get + ")"
	default:
		return get
	}
}

// Format is the value as the form shows it.
func (f field) Format() string {
	value := "details." + f.Go()
	switch {
	case f.Kind == "int" && f.Optional:
		return "form.FormatOptionalInt(" + value + ")"
	case f.Kind == "int":
		return "form.FormatInt(" + value + ")"
	case f.Kind == "time":
		return "form.FormatTime(" + value + ")"
	default:
		return value
	}
}

// SQLType is the type of its column.
func (f field) SQLType() string {
	switch {
	case f.Kind == "int" && f.Optional:
		return "bigint"
	case f.Kind == "int":
		return "bigint      not null"
	case f.Kind == "bool":
		return "boolean     not null"
	case f.Kind == "time" && f.Optional:
		return "timestamptz"
	case f.Kind == "time":
		return "timestamptz not null"
	default:
		return "text        not null"
	}
}

// ColumnPadded aligns the column with those that every table has.
func (f field) ColumnPadded() string { return fmt.Sprintf("%-11s", f.Column()) }

// Argument is the value as an argument of a statement, of the variable r.
func (f field) Argument(r string) string {
	if f.Kind == "time" && f.Optional {
		return "database.NullTime(" + r + "." + f.Go() + ")"
	}
	return r + "." + f.Go()
}

// Target is where a row's column is scanned to.
func (f field) Target(r string) string {
	if f.Kind == "time" {
		return "database.ScanTime(&" + r + "." + f.Go() + ")"
	}
	return "&" + r + "." + f.Go()
}
