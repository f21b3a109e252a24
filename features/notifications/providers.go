package notifications

import "github.com/google/wire"

// Set builds the feature.
var Set = wire.NewSet(
	wire.Struct(new(Feature), "*"),
	NewInboxes,
	NewAnnouncements,
	NewDigests,
	NewNotifyReaders,
	NewDeliverNotice,
	NewListNotifications,
	NewReadInbox,
	NewMarkRead,
	NewMarkAllRead,
	NewReadPreferences,
	NewSetPreferences,
	NewSetNewArticles,
	NewPlanDigests,
	NewMailDigest,
	NewFindDigestSubscription,
	NewUnsubscribeDigest,
	NewSendAnnouncement,
	NewListAnnouncements,
	NewTrimInboxes,
	NewRemoveDeletedReaders,
	NewSeedNotifications,
	// <gen:use-cases>
)

// DevSeedSet builds it with sample data.
var DevSeedSet = wire.NewSet(Set)
