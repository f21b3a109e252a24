package jobadmin

import "github.com/google/wire"

// Set builds the feature.
var Set = wire.NewSet(
	wire.Struct(new(Feature), "*"),
	NewListJobs,
	NewReadJob,
	NewRetryJob,
	NewCancelJob,
	NewReplayJob,
	NewPauseQueue,
	NewResumeQueue,
	NewBroadcastActivity,
	// <gen:use-cases>
)

// DevSeedSet builds it for development. There is no sample data.
var DevSeedSet = wire.NewSet(Set)
