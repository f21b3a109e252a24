package main

import (
	"encoding/json"
	"log/slog"
	"testing"
)

// Production and dev-seed have the same features, with the same routes,
// channels, events and jobs.
func TestInjectors_buildTheSameManifests(t *testing.T) {
	t.Parallel()
	describe := func(build func() (*Application, func(), error)) string {
		application, cleanup, err := build()
		if err != nil {
			t.Fatal(err)
		}
		defer cleanup()
		description, err := newDescription(application.Packages, application.Features.Manifests())
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.MarshalIndent(description, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	logger := slog.New(slog.DiscardHandler)

	inProduction := describe(func() (*Application, func(), error) { return production(t.Context(), offlineConfig(), logger) })
	inDevelopment := describe(func() (*Application, func(), error) { return devSeed(t.Context(), offlineConfig(), logger) })

	if inProduction != inDevelopment {
		t.Errorf("production has\n%s\nand dev-seed has\n%s", inProduction, inDevelopment)
	}
}
