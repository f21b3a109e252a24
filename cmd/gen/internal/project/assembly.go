package project

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

type assemblyLine struct {
	file string
	line string // FEATURE is the feature's package, FIELD its field of Features
}

// assemblyLines match the lines of a feature in shared files, which therefore
// need no directives. The generator writes the same lines.
var assemblyLines = []assemblyLine{
	{"cmd/web/features.go", `^\s*"[^"]+/features/FEATURE"$`},
	{"cmd/web/features.go", `^\s*FIELD\s+\*FEATURE\.Feature$`},
	{"cmd/web/features.go", `^\s*f\.FIELD\.Manifest\(\),$`},
	{"cmd/web/features.go", `^\s*FEATURE\.(DevSeed)?Set,$`},
	{"cmd/web/bridge.go", `^\s*"[^"]+/features/FEATURE"$`},
	{"cmd/web/bridge.go", `^\s*bridge\.Forward\(.*\bFEATURE\.[A-Z].*\),$`},
	{"architecture_test.go", `^\s*"FEATURE":\s+\{.*\},$`},
}

// withoutAssembly removes the lines of features that are gone.
func withoutAssembly(name string, content []byte, has has, features []string) []byte {
	if !slices.ContainsFunc(assemblyLines, func(a assemblyLine) bool { return a.file == name }) {
		return content
	}
	lines := strings.SplitAfter(string(content), "\n")
	for _, feature := range features {
		if has(feature) {
			continue
		}
		field := feature
		if named := regexp.MustCompile(`(?m)^\s*(\w+)\s+\*` + feature + `\.Feature$`).FindSubmatch(content); named != nil {
			field = string(named[1])
		}
		names := strings.NewReplacer("FEATURE", feature, "FIELD", field)
		for _, a := range assemblyLines {
			if a.file != name {
				continue
			}
			line := regexp.MustCompile(names.Replace(a.line))
			lines = slices.DeleteFunc(lines, func(text string) bool { return line.MatchString(strings.TrimRight(text, "\n")) })
		}
	}
	return []byte(strings.Join(lines, ""))
}

// insertLines adds to ours the lines that theirs has in addition to base, each
// below the line that precedes it in theirs. It reports false if theirs differs
// in other ways or ours has no such line. Unlike a merge, it ignores
// indentation, and lines that ours has at the same place.
func insertLines(ours, base, theirs []byte) ([]byte, bool) {
	rest := trimmedLines(base)
	result := bytes.Split(ours, []byte("\n"))
	previous := ""
	for _, text := range bytes.Split(theirs, []byte("\n")) {
		line := trimmed(text)
		if len(rest) > 0 && rest[0] == line {
			rest = rest[1:]
		} else {
			at, unique := indexOf(result, previous)
			if !unique {
				return nil, false
			}
			result = slices.Insert(result, at+1, text)
		}
		previous = line
	}
	return bytes.Join(result, []byte("\n")), len(rest) == 0
}

// indexOf finds a line. It reports false unless there is exactly one.
func indexOf(lines [][]byte, line string) (at int, unique bool) {
	count := 0
	for i, text := range lines {
		if trimmed(text) == line {
			at = i
			count++
		}
	}
	return at, count == 1
}

func trimmedLines(content []byte) []string {
	var lines []string
	for _, text := range bytes.Split(content, []byte("\n")) {
		lines = append(lines, trimmed(text))
	}
	return lines
}

// trimmed returns a line with single spaces.
func trimmed(text []byte) string { return strings.Join(strings.Fields(string(text)), " ") }
