// Package descriptor is what the descriptors of events and jobs have in
// common: how they may be named, and how their payloads become JSON and come
// back from storage.
package descriptor

import (
	"fmt"
	"regexp"
	"strings"
)

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_-]*)+$`)

const maxName = 120 // River stores less than 128

// CheckName says what is wrong with the name of an event, a job or a handler
// of the feature. A name is stored, so the rules are strict: lower-case words
// joined by dots, at least as many as parts, the first of them the feature.
func CheckName(name, feature string, parts int) error {
	switch {
	case !namePattern.MatchString(name) || strings.Count(name, ".") < parts-1:
		return fmt.Errorf("a name is at least %d lower-case words joined by dots", parts)
	case len(name) > maxName:
		return fmt.Errorf("a name is no longer than %d characters", maxName)
	case !strings.HasPrefix(name, feature+"."):
		return fmt.Errorf("the name must begin with the feature's: %q", feature+".")
	}
	return nil
}

// Owner is the feature that a name begins with.
func Owner(name string) string {
	owner, _, _ := strings.Cut(name, ".")
	return owner
}
