package events_test

import (
	"context"
	"strings"
	"testing"

	"example.com/pergola/core/database/databasetest"
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

func TestRegister_reportsMistakesWithTheFileToFix(t *testing.T) {
	t.Parallel()
	other := events.Define[greeted]("greetings.person.greeted")
	unlisted := events.Define[greeted]("greetings.person.missed")
	var nothing events.Event[greeted]

	manifest := func(name string, parts ...feature.Part) feature.Manifest {
		return feature.Manifest{Name: name, Parts: parts}
	}
	lists := func(listed ...events.AnyEvent) feature.Manifest { return manifest("greetings", events.Events(listed)) }
	handles := func(handlers ...events.Handler) feature.Manifest {
		return manifest("greetings", events.Events{greetedEvent}, events.Handlers(handlers))
	}
	tests := map[string]struct {
		manifests []feature.Manifest
		want      []string // in one line
	}{
		"a name in capitals": {
			[]feature.Manifest{lists(events.Define[greeted]("greetings.Person.greeted"))},
			[]string{`"greetings.Person.greeted"`, "lower-case", "features/greetings/events.go"},
		},
		"a name without a verb": {
			[]feature.Manifest{lists(events.Define[greeted]("greetings.person"))},
			[]string{"3 lower-case words", "features/greetings/events.go"},
		},
		"a name that is too long": {
			[]feature.Manifest{lists(events.Define[greeted]("greetings.person." + strings.Repeat("x", 200)))},
			[]string{"120 characters"},
		},
		"the name of another feature": {
			[]feature.Manifest{manifest("farewells", events.Events{greetedEvent})},
			[]string{`must begin with the feature's name: "farewells."`, "features/farewells/events.go"},
		},
		"an event that is listed twice": {
			[]feature.Manifest{lists(greetedEvent, greetedEvent)},
			[]string{`"greetings.person.greeted" is listed twice`, "features/greetings/greetings.go"},
		},
		"an event that is defined twice": {
			[]feature.Manifest{lists(greetedEvent, other)},
			[]string{`"greetings.person.greeted" is defined twice`, "features/greetings/events.go"},
		},
		"an event that was not defined": {
			[]feature.Manifest{lists(nothing)},
			[]string{"not created by events.Define", "features/greetings/events.go"},
		},
		"a nil event": {
			[]feature.Manifest{lists(nil)},
			[]string{"not created by events.Define", "features/greetings/events.go"},
		},
		"a payload that is not a struct": {
			[]feature.Manifest{lists(events.Define[string]("greetings.person.greeted"))},
			[]string{"string must be a struct", "features/greetings/events.go"},
		},
		"a payload without json tags": {
			[]feature.Manifest{lists(events.Define[untagged]("greetings.person.greeted"))},
			[]string{"field Name", "json tag", "features/greetings/events.go"},
		},
		"a payload that JSON cannot encode": {
			[]feature.Manifest{lists(events.Define[unencodable]("greetings.person.greeted"))},
			[]string{"field Done", "JSON", "features/greetings/events.go"},
		},
		"a payload with an unknown rule": {
			[]feature.Manifest{lists(events.Define[misruled]("greetings.person.greeted"))},
			[]string{"validate tag", "nonsense", "features/greetings/events.go"},
		},
		"a handler of an unlisted event": {
			[]feature.Manifest{manifest("farewells", events.Handlers{events.Handle(unlisted, "farewells.cry", ignore)})},
			[]string{`"farewells.cry": no feature lists its event "greetings.person.missed"`, "features/greetings/greetings.go"},
		},
		"a handler of another definition": {
			[]feature.Manifest{handles(events.Handle(other, "greetings.wave", ignore))},
			[]string{"defined twice", "features/greetings/greetings.go"},
		},
		"a handler of no event": {
			[]feature.Manifest{handles(events.Handle(nothing, "greetings.wave", ignore))},
			[]string{`"greetings.wave"`, "not created by events.Define", "features/greetings/greetings.go"},
		},
		"the zero handler": {
			[]feature.Manifest{handles(events.Handler{})},
			[]string{"not created by events.Handle", "features/greetings/greetings.go"},
		},
		"a handler with the name of another feature": {
			[]feature.Manifest{handles(events.Handle(greetedEvent, "farewells.wave", ignore))},
			[]string{`must begin with the feature's name: "greetings."`, "features/greetings/greetings.go"},
		},
		"two handlers of one name": {
			[]feature.Manifest{handles(events.Handle(greetedEvent, "greetings.wave", ignore), events.Handle(greetedEvent, "greetings.wave", ignore))},
			[]string{`two event handlers are named "greetings.wave"`, "features/greetings/greetings.go"},
		},
		"a handler without attempts": {
			[]feature.Manifest{handles(events.Handle(greetedEvent, "greetings.wave", ignore, events.MaxAttempts(0)))},
			[]string{`"greetings.wave"`, "at least one attempt", "features/greetings/greetings.go"},
		},
		"a rule of the bridge": {
			[]feature.Manifest{manifest("bridge", events.Handlers{events.Handle(unlisted, "bridge.x", ignore), {}})},
			[]string{"not created by events.Handle", "cmd/web/bridge.go"},
		},
	}
	dispatcher := unregistered(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			err := dispatcher.Register(test.manifests)

			if err == nil {
				t.Fatal("registered")
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

// unregistered creates a dispatcher that has no handlers.
func unregistered(t *testing.T) *events.Dispatcher {
	t.Helper()
	dispatcher, err := events.NewDispatcher(databasetest.Empty(t), events.DispatcherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return dispatcher
}

func containsAll(line string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(line, part) {
			return false
		}
	}
	return true
}

func TestRegister_reportsAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	manifests := []feature.Manifest{{Name: "greetings", Parts: []feature.Part{
		events.Events{events.Define[string]("greetings.Wrong.twice")},
		events.Handlers{{}},
	}}}

	err := unregistered(t).Register(manifests)

	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v, want three lines", err)
	}
}

func TestRegister_acceptsHandlersBeforeTheirEvents(t *testing.T) {
	t.Parallel()
	ordered := events.Define("greetings.person.kissed", events.OrderBy(func(g greeted) string { return g.Name }))
	manifests := []feature.Manifest{
		{Name: "farewells", Parts: []feature.Part{events.Handlers{
			events.Handle(ordered, "farewells.cry", ignore),
			events.Handle(ordered, "farewells.wave", ignore),
		}}},
		{Name: "greetings", Parts: []feature.Part{events.Events{ordered, greetedEvent}}},
	}

	if err := unregistered(t).Register(manifests); err != nil {
		t.Error(err)
	}
}
