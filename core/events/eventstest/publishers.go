package eventstest

import (
	"strings"

	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
)

// Publishers returns manifests that list the events which these manifests handle
// but none of them lists: those of features that are not under test. They let a
// Dispatcher accept a subset of the features, and a test publish their events.
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
			owner, _, _ := strings.Cut(name, ".")
			if name == "" || listed[name] || owner == part.Feature {
				continue
			}
			listed[name] = true
			publishers = append(publishers, feature.Manifest{Name: owner, Parts: []feature.Part{events.Events{handler.Descriptor()}}})
		}
	}
	return publishers
}
