package main

import (
	"slices"
	"testing"

	_ "example.com/pergola/features/notifications" // the pages under test
)

var notificationTour = []round{
	{grace, []stop{{"notifications", "/notifications", waitLive}}},
	{alan, []stop{{"announcements", "/admin/announcements", nil}}},
}

func TestNotificationPages_areAccessibleAndFit(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	s.wantAccessible(t, notificationTour)
}

func TestNotificationPages_describeThemselves(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	s.wantDescribed(t, slices.Concat(s.tour(t), notificationTour))
}
