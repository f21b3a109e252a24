package project

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

// dropNpmPackages removes npm packages that are no longer needed from package.json
// and its lock.
func (f Files) dropNpmPackages(before Files, has has) error {
	for name, needs := range npmPackages {
		if needs.holds(has) {
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

// withoutEntry removes the first line `"name": "version",`, the project's own
// requirement.
func withoutEntry(text, name string) string {
	entry := regexp.MustCompile(`(?m)^\s*"` + regexp.QuoteMeta(name) + `": "[^"]*",?\n`)
	at := entry.FindStringIndex(text)
	if at == nil {
		return text
	}
	return trailingComma.ReplaceAllString(text[:at[0]]+text[at[1]:], "$1")
}

// lockedPackage is the entry of a package in a lock file.
type lockedPackage struct {
	Dependencies         map[string]string `json:"dependencies"`
	DevDependencies      map[string]string `json:"devDependencies"`
	OptionalDependencies map[string]string `json:"optionalDependencies"`
	PeerDependencies     map[string]string `json:"peerDependencies"`
}

var trailingComma = regexp.MustCompile(`,(\s*[}\]])`)

// pruneLock removes the entries that nothing needs.
func pruneLock(text string) (string, error) {
	var lock struct {
		Packages map[string]lockedPackage `json:"packages"`
	}
	if err := json.Unmarshal([]byte(text), &lock); err != nil {
		return "", err
	}
	needed := map[string]bool{}
	var visit func(entryPath string)
	visit = func(entryPath string) {
		if needed[entryPath] {
			return
		}
		needed[entryPath] = true
		p := lock.Packages[entryPath]
		for _, list := range []map[string]string{p.Dependencies, p.DevDependencies, p.OptionalDependencies, p.PeerDependencies} {
			for name := range list {
				if found, ok := resolve(lock.Packages, entryPath, name); ok {
					visit(found)
				}
			}
		}
	}
	visit("")
	for entryPath := range lock.Packages {
		if !needed[entryPath] {
			entry := regexp.MustCompile(`(?m)^    "` + regexp.QuoteMeta(entryPath) + `": \{\n(?:      .*\n)*    \},?\n`)
			text = entry.ReplaceAllString(text, "")
		}
	}
	return trailingComma.ReplaceAllString(text, "$1"), nil
}

// resolve finds a package as node does: next to the one that requires it, or in a
// folder above.
func resolve(packages map[string]lockedPackage, from, name string) (string, bool) {
	for {
		entryPath := path.Join(from, "node_modules", name)
		if _, ok := packages[entryPath]; ok {
			return entryPath, true
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
