package notifications

import "github.com/google/wire"

// Set builds the feature on Postgres.
var Set = wire.NewSet(NewPostgresInboxes, NewPostgresAnnouncements, shared)

// DevSeedSet builds it in memory.
var DevSeedSet = wire.NewSet(NewMemoryInboxes, NewMemoryAnnouncements, shared)

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
	NewSetPreferences,
	NewSendAnnouncement,
	NewListAnnouncements,
	NewForgetGoneReaders,
	// <gen:use-cases>
)
