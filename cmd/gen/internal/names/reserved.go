package names

import (
	"go/doc"
	"go/token"
	"regexp"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/misuse"
)

// imported are names that the code of every feature uses for packages, or that
// stand for something in the tree: a feature of this name would hide it.
var imported = strings.Fields(`
	apptest auth authtest backplane bridge chi cmp components context database databasetest descriptor errors
	events eventstest fault feature features fmt http io jobs jobstest json log maps migrations net observe os
	pgx realtime realtimetest respond slices slog strconv strings sync templ test testing time tools
	unicode url utf8 uuid web wire core cmd docs bench main vendor internal testdata dist init gen
	app at caller empty end got happened manifest outbox outside part parts queue reader refusal rt spec told topic use visitor
	dev admin assets socket healthz readyz static api new`)

// vague names say nothing about what is inside.
var vague = regexp.MustCompile(`^(util|utils|common|commons|helper|helpers|manager|managers|base|misc|type|types)$`)

// platforms are endings of file names that Go takes for a build constraint, and
// would drop from the build without a word.
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

// taken are the columns, fields and methods that everything that is stored has,
// and what a form in a browser calls its own parts.
var taken = strings.Fields(`
	id version author author_id author_name created created_at changed changed_at details checked edit may_change
	action method target submit reset elements length parent_node`)

// ParseFeature reads the name of a feature: one lower-case word, which becomes
// a package, a folder, the beginning of its tables and addresses.
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
		return Name{}, misuse.New("%q cannot be %s: the code of every feature uses this name for something else", text, what)
	}
	if len(name.words) > 1 && text != flat {
		return Name{}, misuse.New("%q cannot be %s: a package is one lower-case word; write %s", text, what, flat)
	}
	return name, nil
}

// ParseIn reads the name of something inside of a feature: a use case, a
// channel, an event, a job, a noun.
func ParseIn(what, text string) (Name, error) {
	name, err := Parse(what, text)
	if err != nil {
		return Name{}, err
	}
	return name, checkWord(what, text, name.Unexported())
}

// ParseField reads the name of a field, which becomes a column too.
func ParseField(text string) (Name, error) {
	const what = "the name of a field"
	name, err := Parse(what, text)
	if err != nil {
		return Name{}, err
	}
	switch {
	case slices.Contains(sqlReserved, name.Snake()):
		return Name{}, misuse.New("%q cannot be %s: it is a reserved word of SQL; try %s", text, what, name.Then("value").Snake())
	case slices.Contains(taken, name.Snake()):
		return Name{}, misuse.New("%q cannot be %s: everything that is stored has it, or a form does; try %s", text, what, name.Then("value").Snake())
	}
	return name, nil
}

// checkWord refuses what means something to Go.
func checkWord(what, text, identifier string) error {
	switch {
	case token.IsKeyword(identifier):
		return misuse.New("%q cannot be %s: it is a keyword of Go", text, what)
	case doc.IsPredeclared(identifier):
		return misuse.New("%q cannot be %s: it is a name that Go declares itself", text, what)
	case vague.MatchString(identifier):
		return misuse.New("%q cannot be %s: it says nothing about what is inside; name it for what it holds", text, what)
	}
	return CheckFile(what, text)
}

// CheckFile refuses a name that, at the end of a file's name, Go would take for
// a build constraint or a test.
func CheckFile(what, text string) error {
	words := split(text)
	if last := words[len(words)-1]; slices.Contains(platforms, last) {
		return misuse.New("%q cannot be %s: a file whose name ends in _%s.go means something to Go", text, what, last)
	}
	return nil
}
