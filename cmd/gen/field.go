package main

import (
	"fmt"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/misuse"
	"example.com/pergola/cmd/gen/internal/names"
)

// kinds are what a field may hold.
var kinds = []string{"string", "text", "int", "bool", "time", "url"}

// field is one of the fields that people fill in.
type field struct {
	name     names.Name
	Kind     string
	Optional bool
}

// parseFields reads "title:string,body:text,published_at:time?". It fails with
// a misuse.
func parseFields(text string) ([]field, error) {
	var fields []field
	for entry := range strings.SplitSeq(text, ",") {
		f, err := parseField(entry)
		if err != nil {
			return nil, err
		}
		for _, other := range fields {
			if other.Go() == f.Go() {
				return nil, misuse.New("the field %s stands twice in --fields", f.Column())
			}
		}
		fields = append(fields, f)
	}
	if len(fields) > 20 {
		return nil, misuse.New("--fields has %d fields; at most 20 are possible: what has more is two nouns", len(fields))
	}
	if !slices.ContainsFunc(fields, field.isTitle) {
		return nil, misuse.New("--fields needs one field of the kind string without ?, such as title:string: it is what a list shows")
	}
	return fields, nil
}

func parseField(entry string) (field, error) {
	text, kind, found := strings.Cut(strings.TrimSpace(entry), ":")
	if !found {
		return field{}, misuse.New("--fields: %q has no kind; write name:kind, such as title:string", entry)
	}
	name, err := names.ParseField(text)
	if err != nil {
		return field{}, err
	}
	kind, optional := strings.CutSuffix(kind, "?")
	if !slices.Contains(kinds, kind) {
		return field{}, misuse.New("--fields: %q is no kind of field: there are %s, each with ? behind it if it may be left out", kind, strings.Join(kinds, ", "))
	}
	if kind == "bool" && optional {
		return field{}, misuse.New("--fields: %s: a bool is yes or no already; leave the ? away", entry)
	}
	return field{name: name, Kind: kind, Optional: optional}, nil
}

// String is the field as it is typed.
func (f field) String() string {
	if f.Optional {
		return f.Column() + ":" + f.Kind + "?"
	}
	return f.Column() + ":" + f.Kind
}

// isTitle reports whether the field can say what an entry is called.
func (f field) isTitle() bool { return f.Kind == "string" && !f.Optional }

// Go is the field's name in Go, Column in SQL and in forms, Label for people,
// Spoken in a sentence, Local that of a variable.
func (f field) Go() string     { return f.name.Exported() }
func (f field) Column() string { return f.name.Snake() }
func (f field) Label() string  { return f.name.Title() }
func (f field) Spoken() string { return f.name.Spoken() }
func (f field) Local() string  { return f.name.Unexported() + "OrNil" }

// GoType is its type.
func (f field) GoType() string {
	switch f.Kind {
	case "int":
		if f.Optional {
			return "sql.Null[int64]" // 0 is a number that somebody may mean
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

// Comment is what stands behind it in the struct.
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

// Limit is the length.
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

// MayBeEmpty reports whether a page may have nothing to show.
func (f field) MayBeEmpty() bool { return f.Optional }

// NotEmpty is the condition under which there is something to show.
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

// Normal is the value as it is stored.
func (f field) Normal() string {
	value := "d." + f.Go()
	switch f.Kind {
	case "string":
		return "oneLine(" + value + ")"
	case "text":
		return "strings.TrimSpace(plainLineEnds(" + value + "))"
	case "url":
		return "strings.TrimSpace(" + value + ")"
	case "time":
		return "storedMoment(" + value + ")"
	default:
		return value
	}
}

// Checked reports whether there is anything that may be wrong with it once it
// is a value.
func (f field) Checked() bool { return f.IsText() || f.Kind == "time" }

// Complaint is the call that says what is wrong with it.
func (f field) Complaint() string {
	value := "checked." + f.Go()
	switch f.Kind {
	case "time":
		return fmt.Sprintf("complaintAboutTime(%q, %s, %t)", f.Label(), value, !f.Optional)
	case "url":
		return fmt.Sprintf("complaintAboutURL(%q, %s, %t, Max%s)", f.Label(), value, !f.Optional, f.Go())
	default:
		return fmt.Sprintf("complaintAboutText(%q, %s, %t, Max%s)", f.Label(), value, !f.Optional, f.Go())
	}
}

// Parsed reports whether what is typed may not be a value at all.
func (f field) Parsed() bool { return f.Kind == "int" || f.Kind == "time" }

// Parse is the function that reads it.
func (f field) Parse() string {
	switch {
	case f.Kind == "time":
		return "readMoment"
	case f.Optional:
		return "readNumberIfAny"
	default:
		return "readNumber"
	}
}

// ParseComplaint is what is said if it cannot be read.
func (f field) ParseComplaint() string {
	if f.Kind == "time" {
		return "is no date and time."
	}
	return "is no whole number."
}

// ToForm is the value as it stands in the form.
func (f field) ToForm() string {
	value := "details." + f.Go()
	switch {
	case f.Kind == "int" && f.Optional:
		return "writeNumberIfAny(" + value + ")"
	case f.Kind == "int":
		return "strconv.FormatInt(" + value + ", 10)"
	case f.Kind == "time":
		return "writeMoment(" + value + ")"
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

// ColumnPadded stands in line with the columns that every table has.
func (f field) ColumnPadded() string { return fmt.Sprintf("%-11s", f.Column()) }

// Argument is the value as it goes to the database, of the variable r.
func (f field) Argument(r string) string {
	if f.Kind == "time" && f.Optional {
		return "orNull(" + r + "." + f.Go() + ")"
	}
	return r + "." + f.Go()
}

// Target is where the value goes that comes from the database.
func (f field) Target(r string) string {
	if f.Kind == "time" && f.Optional {
		return "&" + f.Local()
	}
	return "&" + r + "." + f.Go()
}
