package events_test

import (
	"context"
	"strings"
	"testing"

	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
)

type untagged struct{ Name string }

type unencodable struct {
	Done chan bool `json:"done"`
}

type misruled struct {
	Name string `json:"name" validate:"nonsense"`
}

func ignore[T any](context.Context, T) error { return nil }

func TestSeal_namesWhatIsWrongAndTheFileToMend(t *testing.T) {
	t.Parallel()
	other := events.Define[greeted]("greetings.somebody.greeted")
	unlisted := events.Define[greeted]("greetings.somebody.missed")
	var nothing events.Event[greeted]

	manifest := func(name string, parts ...feature.Part) feature.Manifest {
		return feature.Manifest{Name: name, Parts: parts}
	}
	lists := func(listed ...events.AnyEvent) feature.Manifest { return manifest("greetings", events.Events(listed)) }
	hears := func(heard ...events.Handler) feature.Manifest {
		return manifest("greetings", events.Events{greetedEvent}, events.Handlers(heard))
	}
	tests := map[string]struct {
		manifests []feature.Manifest
		want      []string // in one line
	}{
		"a name in capitals": {
			[]feature.Manifest{lists(events.Define[greeted]("greetings.Somebody.greeted"))},
			[]string{`"greetings.Somebody.greeted"`, "lower-case", "features/greetings/events.go"},
		},
		"a name without a verb": {
			[]feature.Manifest{lists(events.Define[greeted]("greetings.somebody"))},
			[]string{"3 lower-case words", "features/greetings/events.go"},
		},
		"a name that is too long": {
			[]feature.Manifest{lists(events.Define[greeted]("greetings.somebody." + strings.Repeat("x", 200)))},
			[]string{"120 characters"},
		},
		"the name of another feature": {
			[]feature.Manifest{manifest("farewells", events.Events{greetedEvent})},
			[]string{`must begin with the feature's: "farewells."`, "features/farewells/events.go"},
		},
		"an event that is listed twice": {
			[]feature.Manifest{lists(greetedEvent, greetedEvent)},
			[]string{`"greetings.somebody.greeted" is listed twice`, "features/greetings/greetings.go"},
		},
		"an event that is defined twice": {
			[]feature.Manifest{lists(greetedEvent, other)},
			[]string{`"greetings.somebody.greeted" is defined twice`, "features/greetings/events.go"},
		},
		"an event that was not defined": {
			[]feature.Manifest{lists(nothing)},
			[]string{"not made by events.Define", "features/greetings/events.go"},
		},
		"no event at all": {
			[]feature.Manifest{lists(nil)},
			[]string{"not made by events.Define", "features/greetings/events.go"},
		},
		"a payload that is no struct": {
			[]feature.Manifest{lists(events.Define[string]("greetings.somebody.greeted"))},
			[]string{"string must be a struct", "features/greetings/events.go"},
		},
		"a payload without json tags": {
			[]feature.Manifest{lists(events.Define[untagged]("greetings.somebody.greeted"))},
			[]string{"field Name", "json tag", "features/greetings/events.go"},
		},
		"a payload that JSON cannot write": {
			[]feature.Manifest{lists(events.Define[unencodable]("greetings.somebody.greeted"))},
			[]string{"field Done", "JSON", "features/greetings/events.go"},
		},
		"a payload with a rule that does not exist": {
			[]feature.Manifest{lists(events.Define[misruled]("greetings.somebody.greeted"))},
			[]string{"validate tag", "nonsense", "features/greetings/events.go"},
		},
		"a handler of an event that nobody lists": {
			[]feature.Manifest{manifest("farewells", events.Handlers{events.Handle(unlisted, "farewells.cry", ignore)})},
			[]string{`"farewells.cry" hears "greetings.somebody.missed", which no feature lists`, "features/greetings/greetings.go"},
		},
		"a handler of another definition": {
			[]feature.Manifest{hears(events.Handle(other, "greetings.wave", ignore))},
			[]string{"defined twice", "features/greetings/greetings.go"},
		},
		"a handler of no event": {
			[]feature.Manifest{hears(events.Handle(nothing, "greetings.wave", ignore))},
			[]string{`"greetings.wave"`, "not made by events.Define", "features/greetings/greetings.go"},
		},
		"a handler that was not made": {
			[]feature.Manifest{hears(events.Handler{})},
			[]string{"not made by events.Handle", "features/greetings/greetings.go"},
		},
		"a handler with the name of another feature": {
			[]feature.Manifest{hears(events.Handle(greetedEvent, "farewells.wave", ignore))},
			[]string{`must begin with the feature's: "greetings."`, "features/greetings/greetings.go"},
		},
		"two handlers of one name": {
			[]feature.Manifest{hears(events.Handle(greetedEvent, "greetings.wave", ignore), events.Handle(greetedEvent, "greetings.wave", ignore))},
			[]string{`two event handlers are named "greetings.wave"`, "features/greetings/greetings.go"},
		},
		"a handler without attempts": {
			[]feature.Manifest{hears(events.Handle(greetedEvent, "greetings.wave", ignore, events.MaxAttempts(0)))},
			[]string{`"greetings.wave"`, "at least one attempt", "features/greetings/greetings.go"},
		},
		"a line of the bridge": {
			[]feature.Manifest{manifest("bridge", events.Handlers{events.Handle(unlisted, "bridge.x", ignore), {}})},
			[]string{"not made by events.Handle", "cmd/web/bridge.go"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			err := events.NewMemory(events.MemoryOptions{}).Seal(test.manifests)

			if err == nil {
				t.Fatal("sealed all the same")
			}
			for line := range strings.Lines(err.Error()) {
				if containsAll(line, test.want) {
					return
				}
			}
			t.Errorf("got:\n%v\nwant a line with %q", err, test.want)
		})
	}
}

func containsAll(line string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(line, part) {
			return false
		}
	}
	return true
}

func TestSeal_tellsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	manifests := []feature.Manifest{{Name: "greetings", Parts: []feature.Part{
		events.Events{events.Define[string]("greetings.Wrong.twice")},
		events.Handlers{{}},
	}}}

	err := events.NewMemory(events.MemoryOptions{}).Seal(manifests)

	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v, want three lines", err)
	}
}

func TestSeal_takesOrderAndSeveralHandlersInAnyFeature(t *testing.T) {
	t.Parallel()
	ordered := events.Define("greetings.somebody.kissed", events.OrderBy(func(g greeted) string { return g.Name }))
	manifests := []feature.Manifest{
		{Name: "farewells", Parts: []feature.Part{events.Handlers{
			events.Handle(ordered, "farewells.cry", ignore),
			events.Handle(ordered, "farewells.wave", ignore),
		}}},
		{Name: "greetings", Parts: []feature.Part{events.Events{ordered, greetedEvent}}},
	}

	if err := events.NewMemory(events.MemoryOptions{}).Seal(manifests); err != nil {
		t.Error(err)
	}
}
