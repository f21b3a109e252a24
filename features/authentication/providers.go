package authentication

import "github.com/google/wire"

// Set provides the feature.
var Set = wire.NewSet(
	featureSet,
	wire.Value(PasswordOptions{}),
)

// DevSeedSet provides the feature with sample data. Its password hashes are
// cheap: the sample password is public, and tests of the application sign in
// hundreds of times, each for a second at the production cost under -race.
var DevSeedSet = wire.NewSet(
	featureSet,
	wire.Value(PasswordOptions{MemoryKiB: 1 << 10, Passes: 1}),
)

var featureSet = wire.NewSet(
	wire.Struct(new(Feature), "*"),
	wire.Value(RateLimits{}),
	wire.Value(DefaultMinResponseTime),
	NewPasswords,
	NewPasswordHasher,
	NewEmailTokens,
	NewMailer,
	NewSignUp,
	NewSignIn,
	NewSignOut,
	NewRequestPasswordReset,
	NewFindEmailLink,
	NewResetPassword,
	NewRequestVerification,
	NewVerifyEmail,
	NewChangePassword,
	NewListSessions,
	NewEndSession,
	NewEndOtherSessions,
	NewDeleteAccount,
	NewSeedPasswords,
	// <gen:use-cases>
)
