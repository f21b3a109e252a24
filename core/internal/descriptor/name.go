// Package descriptor contains what the descriptors of events and jobs share: the
// rules for their names and payloads, and the encoding of payloads.
package descriptor

import (
	"fmt"
	"regexp"
	"strings"
)

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_-]*)+$`)

const maxName = 120 // River stores less than 128

// CheckName reports what is wrong with the name of an event, job or handler of
// the feature. Names are stored, so the rules are strict: at least parts
// lower-case words joined by dots, the first of which is the feature's name.
func CheckName(name, feature string, parts int) error {
	switch {
	case !namePattern.MatchString(name) || strings.Count(name, ".") < parts-1:
		return fmt.Errorf("a name must be at least %d lower-case words joined by dots", parts)
	case len(name) > maxName:
		return fmt.Errorf("a name must not exceed %d characters", maxName)
	case !strings.HasPrefix(name, feature+"."):
		return fmt.Errorf("the name must begin with the feature's name: %q", feature+".")
	}
	return nil
}

// Owner returns the feature that a name begins with.
func Owner(name string) string {
	owner, _, _ := strings.Cut(name, ".")
	return owner
}
