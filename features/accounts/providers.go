package accounts

import "github.com/google/wire"

// Set provides the feature.
var Set = wire.NewSet(
	wire.Struct(new(Feature), "*"),
	NewUsers,
	NewReadAccount,
	NewChangeName,
	NewDeleteAccount,
	NewListUsers,
	NewGrantRole,
	NewRevokeRole,
	NewSignOutUser,
	NewLockAccount,
	NewUnlockAccount,
	NewMakeAdmin,
	NewCreateUser,
	NewMarkEmailVerified,
	NewFindUser,
	NewFindUserForUpdate,
	NewFindByEmail,
	NewFindUsers,
	NewFindVerifiedUsers,
	NewFindDeletedUsers,
	NewListUserIDs,
	NewSeedUsers,
	// <gen:use-cases>
)

// DevSeedSet provides the feature with sample data.
var DevSeedSet = wire.NewSet(Set)
