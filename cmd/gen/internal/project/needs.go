package project

import (
	"regexp"
	"slices"
	"strings"
)

const (
	realtime = "realtime"
	events   = "events"
	jobs     = "jobs"
)

// corePackages are the core packages that a project can do without.
var corePackages = []string{realtime, events, jobs}

// CorePackages returns their names, for messages.
func CorePackages() string { return strings.Join(corePackages, ", ") }

// pathNeeds lists what files need because of their path. Features and migrations
// are not in the list: their paths name what they belong to.
var pathNeeds = []struct {
	prefix string
	needs  condition
}{
	{"core/realtime/", condition{{realtime}}},
	{"core/events/", condition{{events}}},
	{"core/jobs/", condition{{jobs}}},
	{"core/mail/mailjob/", condition{{jobs}}},
	{"core/bridge/", condition{{events}, {realtime}}},
	{"core/internal/descriptor/", condition{{events, jobs}}},
	{"core/internal/durable/", condition{{events, jobs}}},
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
	{"cmd/web/events", condition{{events}}},
	{"cmd/web/jobs", condition{{jobs}}},
	{"cmd/web/bridge", condition{{events}, {realtime}}},
	{"docs/asyncapi.gen.json", condition{{realtime}}},
	{"tools/asyncapi/", condition{{realtime}}},
}

// npmPackages lists what the browser code needs: package.json cannot have
// directives.
var npmPackages = map[string]condition{
	"socket.io-client": {{realtime}},
}

// has reports whether a project has a core package or a feature.
type has func(name string) bool

// except returns whether a project has something that lost these.
func except(gone []string) has {
	return func(name string) bool { return !slices.Contains(gone, name) }
}

// condition lists the core packages and features that something needs: at least
// one of each list.
type condition [][]string

func (c condition) holds(has has) bool {
	return !slices.ContainsFunc(c, func(any []string) bool { return !slices.ContainsFunc(any, has) })
}

// names returns all that the condition names.
func (c condition) names() []string { return slices.Concat(c...) }

// without removes a name from the lists that have others.
func (c condition) without(name string) condition {
	var left condition
	for _, any := range c {
		if others := slices.DeleteFunc(slices.Clone(any), func(other string) bool { return other == name }); len(others) > 0 {
			any = others
		}
		left = append(left, any)
	}
	return left
}

// String returns the condition in the form that directives have.
func (c condition) String() string {
	var all []string
	for _, any := range c {
		all = append(all, strings.Join(any, "|"))
	}
	return strings.Join(all, ",")
}

// needsOfPath returns what a file needs because of its path. A package's path
// ends with a slash.
func needsOfPath(name string) condition {
	for _, p := range pathNeeds {
		if strings.HasPrefix(name, p.prefix) {
			return p.needs
		}
	}
	if feature, ok := featureOf(name); ok {
		return condition{{feature}}
	}
	if owner := migration.FindStringSubmatch(name); owner != nil {
		if owner[1] == "river" { // events and jobs use it
			return condition{{events, jobs}}
		}
		if slices.Contains(corePackages, owner[1]) || !slices.Contains(requiredOwners, owner[1]) {
			return condition{{owner[1]}}
		}
	}
	return nil
}

var migration = regexp.MustCompile(`^migrations/\d+_([a-z]+)_\w+\.sql$`)

// requiredFeatures are in every project.
var requiredFeatures = []string{"accounts", "authentication"}

// requiredOwners own tables that are in every project.
var requiredOwners = append([]string{"auth", "mail"}, requiredFeatures...)

// featureOf returns the feature whose folder a file is in. It reports false for
// the required features.
func featureOf(name string) (string, bool) {
	rest, inside := strings.CutPrefix(name, "features/")
	feature, _, deeper := strings.Cut(rest, "/")
	return feature, inside && deeper && !slices.Contains(requiredFeatures, feature)
}

// Features returns the features that a project can do without, sorted.
func (f Files) Features() []string {
	var found []string
	for _, name := range f.names() {
		if feature, ok := featureOf(name); ok && !slices.Contains(found, feature) {
			found = append(found, feature)
		}
	}
	return found
}

// missing returns the core packages that the project does not have.
func (f Files) missing() []string {
	return slices.DeleteFunc(slices.Clone(corePackages), func(name string) bool { return len(f.below("core/"+name)) > 0 })
}

var importLine = regexp.MustCompile(`^\s*(?:import\s+)?(?:[\w.]+\s+)?"[\w./-]*?/((?:core|features|cmd/internal)/[\w/-]+|web/live)"\s*(?://.*)?$`)

// importsMissing reports whether lines of a file import a package that the project
// does not have. Imports with a directive don't count.
func importsMissing(lines []line, has has) bool {
	return slices.ContainsFunc(lines, func(l line) bool {
		imported := importLine.FindStringSubmatch(l.text)
		return imported != nil && l.directive == nil && !needsOfPath(imported[1]+"/").holds(has)
	})
}

// supported returns the features that work without some core packages: all that
// they import is there, including other features.
func (f Files) supported(gone []string) []string {
	left := f.Features()
	for {
		has := func(name string) bool {
			return slices.Contains(left, name) || slices.Contains(corePackages, name) && !slices.Contains(gone, name)
		}
		working := slices.DeleteFunc(slices.Clone(left), func(feature string) bool { return f.hasMissingImports(feature, has) })
		if len(working) == len(left) {
			return left
		}
		left = working
	}
}

// hasMissingImports reports whether a feature imports something that is not there.
func (f Files) hasMissingImports(feature string, has has) bool {
	return slices.ContainsFunc(f.below("features/"+feature), func(name string) bool {
		return isSource(name) && importsMissing(linesOf(name, f[name].Content), has)
	})
}

// isSource reports whether a file can have imports.
func isSource(name string) bool {
	return strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".templ")
}
