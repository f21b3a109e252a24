package accounts

import "github.com/google/wire"

// Set builds the feature. Whatever else it needs comes from the infrastructure
// of the application and from other features.
var Set = wire.NewSet(
	NewPostgresUsers,
	NewPostgresTokens,
	New,
	wire.Struct(new(Deps), "*"),
	wire.Value(Limits{}),
	wire.Value(PasswordOptions{}),
	wire.Value(DefaultPace),
	NewPostman,
	NewPasswords,
	NewSignUp,
	NewSignIn,
	NewSignOut,
	NewChangeName,
	NewChangePassword,
	NewListSessions,
	NewEndSession,
	NewEndOtherSessions,
	NewDeleteAccount,
	NewReadAccount,
	NewRequestPasswordReset,
	NewFindLink,
	NewResetPassword,
	NewRequestVerification,
	NewVerifyEmail,
	NewListUsers,
	NewGrantRole,
	NewRevokeRole,
	NewSignOutEverywhere,
	NewLockAccount,
	NewUnlockAccount,
	NewSeedUsers,
	NewFindByEmail,
	NewFindUsers,
	NewFindReachable,
	NewAppointAdmin,
	NewListUserIDs,
	NewFindGoneUsers,
	// <gen:use-cases>
)

// DevSeedSet builds it for development.
var DevSeedSet = wire.NewSet(Set)
