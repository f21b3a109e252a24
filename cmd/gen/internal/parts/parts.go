package parts

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// The parts that are no features.
const (
	realtime = "realtime"
	events   = "events"
	jobs     = "jobs"
)

// corePackages are the parts of core that a project may do without.
var corePackages = []string{realtime, events, jobs}

// folders are those that belong to a part, features and migrations left out:
// these are named for their part.
var folders = []struct {
	prefix string
	needs  condition
}{
	{"core/realtime/", condition{{realtime}}},
	{"core/events/", condition{{events}}},
	{"core/jobs/", condition{{jobs}}},
	{"core/mail/mailjob/", condition{{jobs}}},
	{"core/bridge/", condition{{events}, {realtime}}},
	{"core/internal/", condition{{events, jobs}}},
	{"web/src/channels.gen.ts", condition{{realtime}}},
	{"web/src/connection", condition{{realtime}}},
	{"web/live/", condition{{realtime}}},
	{"web/src/live", condition{{realtime}}},
	{"web/src/payload", condition{{realtime}}},
	{"web/src/realtime", condition{{realtime}}},
	{"web/src/topic", condition{{realtime}}},
	{"web/src/testing/clock.ts", condition{{realtime}}},
	{"web/src/testing/socket.ts", condition{{realtime}}},
	{"cmd/web/realtime", condition{{realtime}}},
	{"cmd/web/asyncapi", condition{{realtime}}},
	{"cmd/web/metrics_test.go", condition{{realtime}}},
	{"cmd/internal/metrics/", condition{{realtime}}},
	{"cmd/web/events.go", condition{{events}}},
	{"cmd/web/jobs.go", condition{{jobs}}},
	{"cmd/web/bridge.go", condition{{events}, {realtime}}},
	{"docs/asyncapi.gen.json", condition{{realtime}}},
	{"tools/asyncapi/", condition{{realtime}}},
}

// npmPackages are those that a part needs of the browser's code. package.json
// takes no marks.
var npmPackages = map[string]condition{
	"socket.io-client": {{realtime}},
}

// condition says which parts must be there: of each list at least one.
type condition [][]string

// holds reports whether the parts that are there are enough.
func (c condition) holds(there func(part string) bool) bool {
	return !slices.ContainsFunc(c, func(any []string) bool { return !slices.ContainsFunc(any, there) })
}

// parts are those that the condition names.
func (c condition) parts() []string { return slices.Concat(c...) }

// without is the condition with one choice less, where there is another.
func (c condition) without(part string) condition {
	var left condition
	for _, any := range c {
		if others := slices.DeleteFunc(slices.Clone(any), func(name string) bool { return name == part }); len(others) > 0 {
			any = others
		}
		left = append(left, any)
	}
	return left
}

// String is the condition as marks have it.
func (c condition) String() string {
	var all []string
	for _, any := range c {
		all = append(all, strings.Join(any, "|"))
	}
	return strings.Join(all, ",")
}

// ofPath is what a file needs because of where it stands.
func ofPath(name string) condition {
	for _, folder := range folders {
		if strings.HasPrefix(name, folder.prefix) {
			return folder.needs
		}
	}
	if feature, ok := featureOf(name); ok {
		return condition{{feature}}
	}
	if owner := migration.FindStringSubmatch(name); owner != nil {
		if owner[1] == "river" { // events and jobs run on it
			return condition{{events, jobs}}
		}
		if slices.Contains(corePackages, owner[1]) || !slices.Contains(foundations, owner[1]) {
			return condition{{owner[1]}}
		}
	}
	return nil
}

var migration = regexp.MustCompile(`^migrations/\d+_([a-z]+)_\w+\.sql$`)

// alwaysThere are the features that every project has.
var alwaysThere = []string{"accounts", "authentication"}

// foundations are owners of tables that every project has.
var foundations = append([]string{"auth", "mail"}, alwaysThere...)

// featureOf returns the feature whose folder a file is in, unless every project
// has it.
func featureOf(name string) (string, bool) {
	rest, inside := strings.CutPrefix(name, "features/")
	feature, _, deeper := strings.Cut(rest, "/")
	return feature, inside && deeper && !slices.Contains(alwaysThere, feature)
}

// Features are those that can be done without, by the folders of the project.
func (f Files) Features() []string {
	var found []string
	for _, name := range f.names() {
		if feature, ok := featureOf(name); ok && !slices.Contains(found, feature) {
			found = append(found, feature)
		}
	}
	return found
}

// Marks are the parts that each file's marks name.
func (f Files) Marks() map[string][]string {
	found := map[string][]string{}
	for name, file := range f {
		if unmarked(name) || !file.Text() {
			continue
		}
		for _, l := range linesOf(name, file.Content) {
			if l.mark != nil {
				found[name] = append(found[name], l.needs().parts()...)
			}
		}
	}
	return found
}

// Without is the project without some of its parts: their files are gone, and
// what is marked as theirs. Links to what is gone become plain text. It fails
// if a mark is wrong.
func (f Files) Without(gone ...string) (Files, error) { return f.without(nil, gone...) }

// without is the same for files that stand beside others, to which they may
// link.
func (f Files) without(beside Files, gone ...string) (Files, error) {
	there := func(part string) bool { return !slices.Contains(gone, part) }
	left, features := Files{}, f.Features()
	for name, file := range f {
		keep, content, err := cutFile(name, file, there)
		if err != nil {
			return nil, err
		}
		if keep {
			content = unwire(name, content, there, features)
			if content, err = formatted(name, file.Content, content); err != nil {
				return nil, err
			}
			left[name] = file.with(content)
		}
	}
	left.dropOrphans(f)
	if err := left.cutPackages(f, there); err != nil {
		return nil, err
	}
	left.unlink(beside)
	return left, nil
}

// cutFile is what is left of a file.
func cutFile(name string, file File, there func(string) bool) (keep bool, content []byte, err error) {
	if needs := ofPath(name); !needs.holds(there) {
		return false, nil, nil
	}
	if !file.Text() || unmarked(name) {
		return true, file.Content, nil
	}
	lines := linesOf(name, file.Content)
	if strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(name, "features/") && importsMissing(lines, there) {
		return false, nil, nil
	}
	keep, content, err = cut(lines, there)
	if err != nil {
		return false, nil, fmt.Errorf("%s: %w", name, err)
	}
	if !keep {
		return false, nil, nil
	}
	return true, content, nil
}

var importLine = regexp.MustCompile(`^\s*(?:import\s+)?(?:\w+\s+)?"[\w./-]*?/((?:core|features|cmd/internal)/[\w/-]+)"`)

// importsMissing reports whether a test imports a package that the project does
// not have. A test says what it needs by importing it: one that only visits the
// pages of a feature has a blank import of it.
func importsMissing(lines []line, there func(string) bool) bool {
	return slices.ContainsFunc(lines, func(l line) bool {
		imported := importLine.FindStringSubmatch(l.text)
		return imported != nil && l.mark == nil && !ofPath(imported[1]+"/").holds(there)
	})
}

// unmarked reports whether marks in a file are none: those who speak about
// marks, and what is generated.
func unmarked(name string) bool {
	return strings.HasPrefix(name, "cmd/gen/internal/parts/") || Generated(name)
}

// Generated reports whether ./task generate writes the file.
func Generated(name string) bool {
	return strings.HasSuffix(name, "_templ.go") || path.Base(name) == "wire_gen.go" || strings.HasSuffix(name, ".gen.ts")
}

// dropOrphans removes what was generated from a file that is gone.
func (f Files) dropOrphans(before Files) {
	for _, name := range f.names() {
		source := strings.TrimSuffix(name, "_templ.go") + ".templ"
		_, was := before[source]
		if _, is := f[source]; strings.HasSuffix(name, "_templ.go") && was && !is {
			delete(f, name)
		}
	}
}
