package jobs

import (
	"reflect"

	"example.com/pergola/core/feature"
)

// JobDescription describes a listed job, for tools such as `web describe`.
type JobDescription struct {
	Feature   string
	Name      string
	Payload   reflect.Type // a struct
	Schedules []string     // as given to Every or Cron
}

// Describe returns the jobs of all manifests, in their order. It checks nothing;
// Worker.Register does.
func Describe(manifests []feature.Manifest) []JobDescription {
	recurrences := map[string][]string{}
	for _, owned := range feature.PartsOf[Schedules](manifests) {
		for _, scheduled := range owned.Part {
			if scheduled.job != nil {
				recurrences[scheduled.job.name] = append(recurrences[scheduled.job.name], scheduled.recurrence.String())
			}
		}
	}
	var descriptions []JobDescription
	for _, owned := range feature.PartsOf[Jobs](manifests) {
		for _, job := range owned.Part {
			description := JobDescription{Feature: owned.Feature, Name: job.Name(), Schedules: recurrences[job.Name()]}
			if def := job.definition(); def != nil {
				description.Payload = def.payload
			}
			descriptions = append(descriptions, description)
		}
	}
	return descriptions
}
