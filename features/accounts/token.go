package accounts

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"example.com/pergola/core/fault"
)

// Purpose is what the link in a letter is for. Rows carry it: never change one.
type Purpose string

// The purposes of links.
const (
	ResetsPassword Purpose = "reset_password"
	VerifiesEmail  Purpose = "verify_email"
)

// lifetime is how long a link works. What gives an account away is short; what
// only confirms an address waits until somebody reads their mail.
func (p Purpose) lifetime() time.Duration {
	if p == ResetsPassword {
		return 30 * time.Minute
	}
	return 48 * time.Hour
}

// Token is what is stored of a link: that it is somebody's, and not the link.
type Token struct {
	Hash      []byte
	Purpose   Purpose
	UserID    string
	Email     string // where the link was sent
	ExpiresAt time.Time
}

const tokenLength = 32

// newToken makes a token of 256 bits. The secret is for the letter and kept
// nowhere.
func newToken(user User, purpose Purpose, now time.Time) (token Token, secret string) {
	random := make([]byte, tokenLength)
	_, _ = rand.Read(random) // never fails, by its documentation
	secret = base64.RawURLEncoding.EncodeToString(random)
	return Token{
		Hash: tokenHash(secret), Purpose: purpose, UserID: user.ID, Email: user.Email,
		ExpiresAt: now.Add(purpose.lifetime()),
	}, secret
}

// tokenHash needs no salt and no slowness: nobody guesses 256 random bits.
func tokenHash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// opens reports whether the token is for this purpose, this user as they are
// now, and this time.
func (t Token) opens(user User, purpose Purpose, now time.Time) bool {
	return t.Purpose == purpose && t.UserID == user.ID && t.Email == user.Email && !user.Locked() && now.Before(t.ExpiresAt)
}

// errDeadLink is what all links get that do not work, whatever the reason.
var errDeadLink = fault.NotFound.New("This link does not work any more. It was used already, or is too old, or is not whole.")
