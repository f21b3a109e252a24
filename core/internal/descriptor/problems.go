package descriptor

import (
	"errors"
	"fmt"
	"reflect"
)

// Problems collects the mistakes in manifests, each with the file to fix.
type Problems struct{ list []error }

// Add records a mistake in the format of a compiler: the file, then the message.
func (p *Problems) Add(file, format string, args ...any) {
	p.list = append(p.list, fmt.Errorf(file+": "+format, args...))
}

// Check records what is wrong with the name and the payload of a descriptor. The
// noun is "event" or "job"; words is the minimum number of words in the name.
func (p *Problems) Check(file, noun, owner, name string, words int, payload reflect.Type) {
	if err := CheckName(name, owner, words); err != nil {
		p.Add(file, "%s %q of the feature %q: %v", noun, name, owner, err)
	}
	if err := CheckPayload(payload); err != nil {
		p.Add(file, "%s %q: %v", noun, name, err)
	}
}

// Err returns all mistakes, one per line; nil if there is none.
func (p *Problems) Err() error { return errors.Join(p.list...) }

// ManifestFile returns the file in which a feature lists its parts. The bridge is
// not a feature: its rules are part of the application.
func ManifestFile(owner string) string {
	if owner == "bridge" {
		return "cmd/web/bridge.go"
	}
	return "features/" + owner + "/" + owner + ".go"
}

// File returns the path of another file of a feature.
func File(owner, name string) string { return "features/" + owner + "/" + name }
