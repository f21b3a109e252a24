package authentication

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/features/accounts"
)

// Purpose is what a link in an email is for. It is stored: don't change it.
type Purpose string

// The purposes of links.
const (
	ResetPasswordPurpose Purpose = "reset_password"
	VerifyEmailPurpose   Purpose = "verify_email"
)

// lifetime is how long a link works. A link that gives access to an account is
// short-lived.
func (p Purpose) lifetime() time.Duration {
	if p == ResetPasswordPurpose {
		return 30 * time.Minute
	}
	return 48 * time.Hour
}

func (p Purpose) path() string {
	if p == ResetPasswordPurpose {
		return "/reset-password"
	}
	return "/verify-email"
}

// EmailToken is the stored part of a link in an email, without its secret.
type EmailToken struct {
	Hash      []byte
	Purpose   Purpose
	UserID    string
	Email     string // the recipient
	ExpiresAt time.Time
}

const secretLength = 32

// newEmailToken generates a token of 256 random bits. The secret is for the
// email.
func newEmailToken(user accounts.User, purpose Purpose, now time.Time) (token EmailToken, secret string) {
	random := make([]byte, secretLength)
	_, _ = rand.Read(random) // documented never to fail
	secret = base64.RawURLEncoding.EncodeToString(random)
	return EmailToken{
		Hash: secretHash(secret), Purpose: purpose, UserID: user.ID, Email: user.Email,
		ExpiresAt: now.Add(purpose.lifetime()),
	}, secret
}

// secretHash needs neither salt nor a slow algorithm: 256 random bits can't be
// guessed.
func secretHash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// validFor reports whether the token is for this purpose and user at this time.
// A token becomes invalid when the user's address changes or the account is
// locked.
func (t EmailToken) validFor(user accounts.User, purpose Purpose, now time.Time) bool {
	return t.Purpose == purpose && t.UserID == user.ID && t.Email == user.Email && !user.Locked() && now.Before(t.ExpiresAt)
}

// errInvalidLink is the error for every link that doesn't work, for any reason.
var errInvalidLink = fault.NotFound.New("This link is invalid or has expired. Request a new one.")
