package main

import (
	"fmt"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/names"
)

// featureData fills in the templates of a feature.
type featureData struct {
	Module  string // path of the module
	Feature string // package, folder, prefix of stored names
	Live    bool   // whether the project has realtime

	Noun   names.Name // of one entry
	Plural names.Name
	Fields []field
	Title  field // the one that the list shows

	variable, variables string // for one and for many
}

// Type and Types are the exported names of one and many.
func (d featureData) Type() string  { return d.Noun.Exported() }
func (d featureData) Types() string { return d.Plural.Exported() }

// LowerType begins the names of private declarations.
func (d featureData) LowerType() string { return d.Noun.Unexported() }

// Var and Vars are the names of variables.
func (d featureData) Var() string  { return d.variable }
func (d featureData) Vars() string { return d.variables }

// R is the name of the entity's receiver; s is that of the store.
func (d featureData) R() string {
	if letter := d.variable[:1]; letter != "s" {
		return letter
	}
	return d.variable
}

// One, Many and A are the noun in sentences.
func (d featureData) One() string  { return d.Noun.Spaced() }
func (d featureData) Many() string { return d.Plural.Spaced() }
func (d featureData) A() string    { return d.Noun.WithArticle() }

// UpperA is A at the start of a sentence.
func (d featureData) UpperA() string { return strings.ToUpper(d.A()[:1]) + d.A()[1:] }

// Snake and SnakePlural are for stored names.
func (d featureData) Snake() string       { return d.Noun.Snake() }
func (d featureData) SnakePlural() string { return d.Plural.Snake() }

// Heading is the title of the list.
func (d featureData) Heading() string {
	if d.Feature == d.Plural.Flat() {
		return d.Plural.Title()
	}
	return names.Of(d.Feature).Title()
}

// Path is the path of the list.
func (d featureData) Path() string { return "/" + d.Feature }

// Table is the name of the table.
func (d featureData) Table() string { return d.Feature + "_" + d.Plural.Snake() }

// Has reports whether there is a field of this kind, which ends in ? for an
// optional one.
func (d featureData) Has(kind string) bool {
	return slices.ContainsFunc(d.Fields, func(f field) bool {
		return f.Kind+map[bool]string{true: "?"}[f.Optional] == kind
	})
}

// HasKind reports whether there is a field of this kind.
func (d featureData) HasKind(kind string) bool { return d.Has(kind) || d.Has(kind+"?") }

// HasOptional reports whether a field may be left out.
func (d featureData) HasOptional() bool { return slices.ContainsFunc(d.Fields, field.MayBeEmpty) }

// RepeatsBadInput reports whether BadInput uses the package strings.
func (d featureData) RepeatsBadInput() bool {
	return slices.ContainsFunc(d.Fields, func(f field) bool { return strings.HasPrefix(f.BadInput(d.Feature), "strings.") })
}

// HasParsed reports whether a field has to be parsed.
func (d featureData) HasParsed() bool { return slices.ContainsFunc(d.Fields, field.Parsed) }

// Others are the fields without the title.
func (d featureData) Others() []field {
	return d.fields(func(f field) bool { return f.Go() != d.Title.Go() })
}

func (d featureData) fields(which func(field) bool) []field {
	var found []field
	for _, f := range d.Fields {
		if which(f) {
			found = append(found, f)
		}
	}
	return found
}

// Columns, Arguments, Targets and Assignments are parts of SQL statements.
func (d featureData) Columns() string {
	return d.each(func(_ int, f field) string { return f.Column() })
}

// Arguments are the arguments of a statement.
func (d featureData) Arguments() string {
	return d.each(func(_ int, f field) string { return f.Argument(d.R()) })
}

// Targets are the targets of a scan.
func (d featureData) Targets() string {
	return d.each(func(_ int, f field) string { return f.Target(d.R()) })
}

// Assignments are those of an update.
func (d featureData) Assignments() string {
	return d.each(func(i int, f field) string { return fmt.Sprintf("%s = $%d", f.Column(), i+4) })
}

// InsertValues are the placeholders of the fields and the author.
func (d featureData) InsertValues() string { return placeholders(2, len(d.Fields)+2) }

// InsertTimes are the placeholders of the times.
func (d featureData) InsertTimes() string { return placeholders(len(d.Fields)+4, 2) }

func placeholders(from, count int) string {
	var all []string
	for i := range count {
		all = append(all, fmt.Sprintf("$%d", from+i))
	}
	return strings.Join(all, ", ")
}

func (d featureData) each(text func(int, field) string) string {
	var all []string
	for i, f := range d.Fields {
		all = append(all, text(i, f))
	}
	return strings.Join(all, ", ")
}

// RT is the parameter with which use cases broadcast.
func (d featureData) RT() string {
	if !d.Live {
		return ""
	}
	return "rt realtime.Broadcaster, "
}

// Samples are the numbers of the sample data.
func (d featureData) Samples() []int { return []int{0, 1, 2} }

// SampleFields returns the fields of a sample.
func (d featureData) SampleFields(number int) string {
	var all []string
	for _, f := range d.Fields {
		all = append(all, f.Go()+": "+f.sample(d.Title, number))
	}
	return strings.Join(all, ", ")
}
