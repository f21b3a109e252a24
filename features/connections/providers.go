package connections

import "github.com/google/wire"

// Set builds the feature.
var Set = wire.NewSet(
	wire.Struct(new(Feature), "*"),
	NewReadOverview,
	NewBroadcastStats,
	// <gen:use-cases>
)

// DevSeedSet builds it for development. There is no sample data.
var DevSeedSet = wire.NewSet(Set)
