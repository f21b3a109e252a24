package operations

import "github.com/google/wire"

// Set builds the feature. It stores nothing, so that production and
// development differ in nothing.
var Set = wire.NewSet(shared)

// DevSeedSet is the same.
var DevSeedSet = wire.NewSet(shared)

var shared = wire.NewSet(
	New,
	wire.Struct(new(Deps), "*"),
	NewReadOverview,
	NewTellAdmins,
	NewListJobs,
	NewReadJob,
	NewRetryJob,
	NewCancelJob,
	NewReplayJob,
	NewPauseQueue,
	NewResumeQueue,
	NewListEvents,
	NewReadEvent,
	NewListDeliveries,
	NewRetryDelivery,
	NewCancelDelivery,
	NewReplayDelivery,
	NewTellOfWork,
	// <gen:use-cases>
)
