package accounts

import (
	"github.com/google/wire"

	"example.com/pergola/core/auth"
)

// Set provides the feature on Postgres.
var Set = wire.NewSet(NewPostgresUsers, NewPostgresTokens, shared)

// DevSeedSet provides it in memory. The memory store of sessions finds its
// users here.
var DevSeedSet = wire.NewSet(NewMemoryUsers, NewMemoryTokens, wire.Bind(new(auth.Users), new(Users)), shared)

// shared is what both have in common. Whatever else the feature needs comes
// from the edges of the application.
var shared = wire.NewSet(
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
