package parts

import (
	"regexp"
	"slices"
	"strings"
)

// wiring are the files in which a feature has lines of a form that says whose
// they are, so that they need no marks. The generator writes the same lines.
var wiring = []struct {
	file string
	line string // FEATURE is the feature's package, FIELD its field of Features
}{
	{"cmd/web/features.go", `^\s*"[^"]+/features/FEATURE"$`},
	{"cmd/web/features.go", `^\s*FIELD\s+\*FEATURE\.Feature$`},
	{"cmd/web/features.go", `^\s*f\.FIELD\.Manifest\(\),$`},
	{"cmd/web/features.go", `^\s*FEATURE\.(DevSeed)?Set,$`},
	{"cmd/web/bridge.go", `^\s*"[^"]+/features/FEATURE"$`},
	{"cmd/web/bridge.go", `^\s*bridge\.Forward\(.*\bFEATURE\.[A-Z].*\),$`},
	{"architecture_test.go", `^\s*"FEATURE":\s+\{.*\},$`},
}

// unwire leaves out the lines of features that are gone.
func unwire(name string, content []byte, there func(part string) bool, features []string) []byte {
	lines := strings.SplitAfter(string(content), "\n")
	for _, feature := range features {
		if there(feature) {
			continue
		}
		field := feature
		if named := regexp.MustCompile(`(?m)^\s*(\w+)\s+\*` + feature + `\.Feature$`).FindSubmatch(content); named != nil {
			field = string(named[1])
		}
		form := strings.NewReplacer("FEATURE", feature, "FIELD", field)
		for _, w := range wiring {
			if w.file != name {
				continue
			}
			line := regexp.MustCompile(form.Replace(w.line))
			lines = slices.DeleteFunc(lines, func(text string) bool { return line.MatchString(strings.TrimRight(text, "\n")) })
		}
	}
	return []byte(strings.Join(lines, ""))
}
