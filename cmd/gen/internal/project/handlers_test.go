package project_test

import (
	"strings"
	"testing"

	"example.com/pergola/cmd/gen/internal/project"
	"example.com/pergola/cmd/gen/internal/usage"
)

// garden is a project in which the feature bees handles an event of roses.
func garden() project.Files {
	files := project.Files{}
	for name, content := range map[string]string{
		"go.mod":                  "module example.com/garden\n",
		"features/roses/roses.go": "package roses\n",
		"features/bees/bees.go": `package bees

import (
	"example.com/garden/core/events"
	"example.com/garden/features/roses"
)

var parts = events.Handlers{
	events.Handle(roses.BloomedEvent, "bees.fly", onBloomed),
	events.Handle(RestedEvent, "bees.rest", onRested),
}
`,
		"features/bees/event_handlers.go": `package bees

import (
	"context"
	"log/slog"

	"example.com/garden/features/roses"
)

// onBloomed flies there.
func onBloomed(ctx context.Context, bloomed roses.Bloomed) error {
	slog.Info("fly")
	return nil
}

func onRested(context.Context, Rested) error { return nil }
`,
		"features/bees/fly_test.go": `package bees_test

import (
	"testing"

	"example.com/garden/features/roses"
)

func TestOnBloomed_canBeDeliveredTwice(t *testing.T) {
	if err := deliver(t, roses.BloomedEvent, roses.Bloomed{}); err != nil {
		t.Error(err)
	}
}

func expect(t *testing.T, bloomed roses.Bloomed) {}
`,
		"migrations/20261124090012_roses_beds.sql": "create table roses_beds ();\n",
	} {
		files[name] = project.File{Content: []byte(content), Mode: 0o644}
	}
	return files
}

func TestWithoutFeature_removesHandlersInOtherFeatures(t *testing.T) {
	t.Parallel()
	files := garden()
	if _, err := files.WithoutFeature("roses", false); !usage.IsError(err) || !strings.Contains(err.Error(), "import it: bees;") {
		t.Fatalf("without --with-handlers: %v, want a usage error that names bees", err)
	}

	left, err := files.WithoutFeature("roses", true)

	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{"features/roses/roses.go", "features/bees/fly_test.go", "migrations/20261124090012_roses_beds.sql"} {
		if _, ok := left[gone]; ok {
			t.Errorf("%s is still there", gone)
		}
	}
	for name, want := range map[string]string{
		"features/bees/bees.go":           "package bees\n\nimport (\n\t\"example.com/garden/core/events\"\n)\n\nvar parts = events.Handlers{\n\tevents.Handle(RestedEvent, \"bees.rest\", onRested),\n}\n",
		"features/bees/event_handlers.go": "package bees\n\nimport (\n\t\"context\"\n)\n\nfunc onRested(context.Context, Rested) error { return nil }\n",
	} {
		if got := string(left[name].Content); got != want {
			t.Errorf("%s is\n%s, want\n%s", name, got, want)
		}
	}
}

func TestWithoutFeature_namesFilesThatDoMore(t *testing.T) {
	t.Parallel()
	files := garden()
	files["features/bees/hive.go"] = project.File{Content: []byte("package bees\n\nimport \"example.com/garden/features/roses\"\n\nvar favorite = roses.Red\n")}

	_, err := files.WithoutFeature("roses", true)

	if err == nil || !usage.IsError(err) || !strings.Contains(err.Error(), "features/bees/hive.go") {
		t.Errorf("error = %v, want one that names features/bees/hive.go", err)
	}
}
