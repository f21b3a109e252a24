package accounts

import (
	"github.com/google/wire"

	"example.com/pergola/core/auth"
)

// Set provides the feature on Postgres.
var Set = wire.NewSet(NewPostgresUsers, shared)

// DevSeedSet provides it in memory. The memory store of sessions finds its
// users here.
var DevSeedSet = wire.NewSet(NewMemoryUsers, wire.Bind(new(auth.Users), new(Users)), shared)

// shared is what both have in common. Whatever else the feature needs comes
// from the edges of the application.
var shared = wire.NewSet(
	New,
	wire.Struct(new(Deps), "*"),
	wire.Value(Limits{}),
	wire.Value(PasswordOptions{}),
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
	NewListUsers,
	NewGrantRole,
	NewRevokeRole,
	NewSignOutEverywhere,
	NewLockAccount,
	NewUnlockAccount,
	NewSeedUsers,
	NewFindByEmail,
	NewFindUsers,
	NewAppointAdmin,
	NewListUserIDs,
	NewFindGoneUsers,
	// <gen:use-cases>
)
