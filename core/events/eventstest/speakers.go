package eventstest

import (
	"strings"

	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
)

// Speakers are manifests in place of the features that are not under test and
// whose events are heard by those that are. With them an application of some
// features assembles: what they hear is listed, and a test publishes it.
func Speakers(manifests []feature.Manifest) []feature.Manifest {
	listed := map[string]bool{}
	for _, part := range feature.PartsOf[events.Events](manifests) {
		for _, event := range part.Part {
			listed[event.Name()] = true
		}
	}
	var speakers []feature.Manifest
	for _, part := range feature.PartsOf[events.Handlers](manifests) {
		for _, handler := range part.Part {
			name := handler.Event()
			if name == "" || listed[name] || owner(name) == part.Feature {
				continue
			}
			listed[name] = true
			speakers = append(speakers, feature.Manifest{Name: owner(name), Parts: []feature.Part{events.Events{handler.Hears()}}})
		}
	}
	return speakers
}

// owner is the feature that a name begins with.
func owner(name string) string {
	feature, _, _ := strings.Cut(name, ".")
	return feature
}
