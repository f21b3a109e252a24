package notifications

import "github.com/google/wire"

// Set builds the feature. Whatever else it needs comes from the infrastructure
// of the application and from other features.
var Set = wire.NewSet(
	NewPostgresInboxes,
	NewPostgresAnnouncements,
	NewPostgresDigests,
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

// DevSeedSet builds it for development.
var DevSeedSet = wire.NewSet(Set)
