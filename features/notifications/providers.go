package notifications

import "github.com/google/wire"

// Set builds the feature on Postgres.
var Set = wire.NewSet(NewPostgresInboxes, NewPostgresAnnouncements, NewPostgresDigests, shared)

// DevSeedSet builds it in memory.
var DevSeedSet = wire.NewSet(NewMemoryInboxes, NewMemoryAnnouncements, NewMemoryDigests, shared)

// shared is what both have in common. Whatever else the feature needs comes
// from the edges of the application and from other features.
var shared = wire.NewSet(
	New,
	wire.Struct(new(Deps), "*"),
	NewNotifyReaders,
	NewDeliverNotice,
	NewListNotifications,
	NewReadInbox,
	NewMarkRead,
	NewMarkAllRead,
	NewReadPreferences,
	NewSetPreferences,
	NewPlanDigests,
	NewMailDigest,
	NewFindDigest,
	NewStopDigest,
	NewSendAnnouncement,
	NewListAnnouncements,
	NewTrimInboxes,
	NewForgetGoneReaders,
	NewSeedNotifications,
	// <gen:use-cases>
)
