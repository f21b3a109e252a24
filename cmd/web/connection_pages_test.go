package main

import (
	"slices"
	"testing"

	_ "example.com/pergola/features/connections" // the page under test
)

var connectionTour = []round{{alan, []stop{{"connections", "/admin/connections", waitLive}}}}

func TestConnectionPages_areAccessibleAndFit(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	s.wantAccessible(t, connectionTour)
}

func TestConnectionPages_describeThemselves(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	s.wantDescribed(t, slices.Concat(s.tour(t), connectionTour))
}
