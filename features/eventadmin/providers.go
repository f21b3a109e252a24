package eventadmin

import "github.com/google/wire"

// Set builds the feature.
var Set = wire.NewSet(
	wire.Struct(new(Feature), "*"),
	NewListEvents,
	NewReadEvent,
	NewListDeliveries,
	NewRetryDelivery,
	NewCancelDelivery,
	NewReplayDelivery,
	NewBroadcastActivity,
	// <gen:use-cases>
)

// DevSeedSet builds it for development. There is no sample data.
var DevSeedSet = wire.NewSet(Set)
