package authentication

import "github.com/google/wire"

// Set provides the feature.
var Set = wire.NewSet(
	wire.Struct(new(Feature), "*"),
	wire.Value(RateLimits{}),
	wire.Value(PasswordOptions{}),
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

// DevSeedSet provides the feature with sample data.
var DevSeedSet = wire.NewSet(Set)
