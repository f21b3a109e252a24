package names

import (
	"go/doc"
	"go/token"
	"regexp"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/usage"
)

// imported are names that the code of every feature uses for packages, or that
// are folders of the project: a feature with this name would hide them.
var imported = strings.Fields(`
	apptest auth authtest backplane bridge chi cmp components context database databasetest descriptor errors
	events eventstest fault faulttest feature features featuretest fmt form http io jobs jobstest json log maps migrations net observe os
	pagination pgx realtime realtimetest respond slices slog strconv strings sync templ test testing time tools
	unicode url utf8 uuid web wire core cmd docs bench main vendor internal testdata dist init gen
	app at caller channels db err errs event got infra invalid manifest message outbox part publish queue rt spec topic use
	dev admin assets socket healthz readyz static api new`)

// vague names do not say what they hold.
var vague = regexp.MustCompile(`^(util|utils|common|commons|helper|helpers|manager|managers|base|misc|type|types)$`)

// platforms are endings of file names that are build constraints: Go silently
// ignores such files elsewhere.
var platforms = strings.Fields(`
	aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos
	386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x sparc64 wasm unix test`)

// sqlReserved cannot be the name of a column without quotes.
var sqlReserved = strings.Fields(`
	all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
	column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
	current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
	from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
	localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
	returning right select session_user similar some symmetric system_user table tablesample then to trailing true union
	unique user using variadic verbose when where window with`)

// taken are the columns, fields and methods of every entity, and the properties of
// forms in browsers.
var taken = strings.Fields(`
	id version author author_id author_name created created_at changed changed_at details normalize edit may_change
	action method target submit reset elements length parent_node`)

// ParseFeature parses the name of a feature: one lower-case word, which becomes
// the package, the folder, and the prefix of its tables and paths.
func ParseFeature(text string) (Name, error) {
	const what = "the name of a feature"
	name, err := Parse(what, text)
	if err != nil {
		return Name{}, err
	}
	flat := name.Flat()
	if err := checkWord(what, text, flat); err != nil {
		return Name{}, err
	}
	if slices.Contains(imported, flat) {
		return Name{}, usage.Errorf("%q cannot be %s: generated code uses it for something else: choose another name", text, what)
	}
	if len(name.words) > 1 && text != flat {
		return Name{}, usage.Errorf("%q cannot be %s: a package name is one lower-case word: use %s", text, what, flat)
	}
	return name, nil
}

// ParseIn parses the name of something in a feature: a use case, a channel, an
// event, a job, a noun.
func ParseIn(what, text string) (Name, error) {
	name, err := Parse(what, text)
	if err != nil {
		return Name{}, err
	}
	return name, checkWord(what, text, name.Unexported())
}

// ParseField parses the name of a field, which is also the name of a column.
func ParseField(text string) (Name, error) {
	const what = "the name of a field"
	name, err := Parse(what, text)
	if err != nil {
		return Name{}, err
	}
	switch {
	case slices.Contains(sqlReserved, name.Snake()):
		return Name{}, usage.Errorf("%q cannot be %s: it is a reserved word of SQL: use %s", text, what, name.Then("value").Snake())
	case slices.ContainsFunc(taken, name.hides):
		return Name{}, usage.Errorf("%q cannot be %s: every entity or form has it already: use %s", text, what, name.Then("value").Snake())
	}
	return name, nil
}

// hides reports whether a field with this name has the same name in Go as another
// one: "i_d" and "id" are both ID.
func (n Name) hides(other string) bool { return n.Exported() == InCode(other).Exported() }

// checkWord rejects words with a meaning in Go.
func checkWord(what, text, identifier string) error {
	switch {
	case token.IsKeyword(identifier):
		return usage.Errorf("%q cannot be %s: it is a keyword of Go: choose another name", text, what)
	case doc.IsPredeclared(identifier):
		return usage.Errorf("%q cannot be %s: Go predeclares it: choose another name", text, what)
	case vague.MatchString(identifier):
		return usage.Errorf("%q cannot be %s: name it for what it holds", text, what)
	}
	return CheckFile(what, text)
}

// CheckFile rejects a name that, at the end of a file name, is a build constraint
// or marks a test.
func CheckFile(what, text string) error {
	words := split(text)
	if last := words[len(words)-1]; slices.Contains(platforms, last) {
		return usage.Errorf("%q cannot be %s: Go treats files that end in _%s.go in its own way: choose another name", text, what, last)
	}
	return nil
}
