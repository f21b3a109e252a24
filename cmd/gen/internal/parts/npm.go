package parts

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

const (
	npmManifest = "web/package.json"
	npmLock     = "web/package-lock.json"
)

// cutPackages takes the packages of the browser's code out of package.json and
// its lock that no part needs any more.
func (f Files) cutPackages(before Files, there func(string) bool) error {
	for name, needs := range npmPackages {
		if needs.holds(there) {
			continue
		}
		for _, file := range []string{npmManifest, npmLock} {
			f[file] = f[file].with([]byte(withoutEntry(string(f[file].Content), name)))
		}
	}
	if lock, ok := f[npmLock]; ok && string(lock.Content) != string(before[npmLock].Content) {
		content, err := pruneLock(string(lock.Content))
		if err != nil {
			return fmt.Errorf("%s: %w", npmLock, err)
		}
		f[npmLock] = lock.with([]byte(content))
	}
	return nil
}

// withoutEntry leaves out the first line `"name": "version",`, where the
// project itself asks for the package.
func withoutEntry(text, name string) string {
	entry := regexp.MustCompile(`(?m)^\s*"` + regexp.QuoteMeta(name) + `": "[^"]*",?\n`)
	place := entry.FindStringIndex(text)
	if place == nil {
		return text
	}
	return trailingComma.ReplaceAllString(text[:place[0]]+text[place[1]:], "$1")
}

// lockedPackage is what a lock says of a package.
type lockedPackage struct {
	Dependencies         map[string]string `json:"dependencies"`
	DevDependencies      map[string]string `json:"devDependencies"`
	OptionalDependencies map[string]string `json:"optionalDependencies"`
	PeerDependencies     map[string]string `json:"peerDependencies"`
}

var trailingComma = regexp.MustCompile(`,(\s*[}\]])`)

// pruneLock leaves out what nothing needs any more.
func pruneLock(text string) (string, error) {
	var lock struct {
		Packages map[string]lockedPackage `json:"packages"`
	}
	if err := json.Unmarshal([]byte(text), &lock); err != nil {
		return "", err
	}
	needed := map[string]bool{}
	var visit func(place string)
	visit = func(place string) {
		if needed[place] {
			return
		}
		needed[place] = true
		p := lock.Packages[place]
		for _, list := range []map[string]string{p.Dependencies, p.DevDependencies, p.OptionalDependencies, p.PeerDependencies} {
			for name := range list {
				if found, ok := resolve(lock.Packages, place, name); ok {
					visit(found)
				}
			}
		}
	}
	visit("")
	for place := range lock.Packages {
		if !needed[place] {
			entry := regexp.MustCompile(`(?m)^    "` + regexp.QuoteMeta(place) + `": \{\n(?:      .*\n)*    \},?\n`)
			text = entry.ReplaceAllString(text, "")
		}
	}
	return trailingComma.ReplaceAllString(text, "$1"), nil
}

// resolve finds a package as node does: beside the one that asks, or further
// out.
func resolve(packages map[string]lockedPackage, from, name string) (string, bool) {
	for {
		place := path.Join(from, "node_modules", name)
		if _, ok := packages[place]; ok {
			return place, true
		}
		if from == "" {
			return "", false
		}
		elements := strings.Split(from, "/node_modules/")
		if len(elements) == 1 {
			from = ""
			continue
		}
		from = strings.Join(slices.Delete(elements, len(elements)-1, len(elements)), "/node_modules/")
	}
}
