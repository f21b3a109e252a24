package eventstest

import (
	"strings"

	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
)

// Publishers are manifests that list the events which are heard in these and
// listed in none: those of features that are not under test. With them the
// outbox of some features can be sealed, and a test publishes what they hear.
func Publishers(manifests []feature.Manifest) []feature.Manifest {
	listed := map[string]bool{}
	for _, part := range feature.PartsOf[events.Events](manifests) {
		for _, event := range part.Part {
			listed[event.Name()] = true
		}
	}
	var publishers []feature.Manifest
	for _, part := range feature.PartsOf[events.Handlers](manifests) {
		for _, handler := range part.Part {
			name := handler.Event()
			if name == "" || listed[name] || owner(name) == part.Feature {
				continue
			}
			listed[name] = true
			publishers = append(publishers, feature.Manifest{Name: owner(name), Parts: []feature.Part{events.Events{handler.Hears()}}})
		}
	}
	return publishers
}

// owner is the feature that a name begins with.
func owner(name string) string {
	feature, _, _ := strings.Cut(name, ".")
	return feature
}
