package authentication

import (
	"context"
	"errors"
	"fmt"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/features/accounts"
)

// samplePassword is the password of all sample users, in development only.
const samplePassword = "pergola-dev"

// SeedPasswords gives the sample users of accounts a password, unless they have
// one.
type SeedPasswords func(ctx context.Context) error

// NewSeedPasswords returns the use case.
func NewSeedPasswords(passwords *Passwords, hasher *PasswordHasher, findByEmail accounts.FindByEmail, now feature.Clock) SeedPasswords {
	return func(ctx context.Context) error {
		for _, sample := range accounts.SampleUsers() {
			if err := seedPassword(ctx, passwords, hasher, findByEmail, sample.Email, now); err != nil {
				return fmt.Errorf("password of the sample user %s: %w", sample.Email, err)
			}
		}
		return nil
	}
}

func seedPassword(ctx context.Context, passwords *Passwords, hasher *PasswordHasher, findByEmail accounts.FindByEmail, email string, now feature.Clock) error {
	user, err := findByEmail(ctx, email)
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if hash, err := passwords.Find(ctx, user.ID); err != nil || hash != "" {
		return err
	}
	hash, err := hasher.Hash(ctx, samplePassword)
	if err != nil {
		return err
	}
	return passwords.Save(ctx, user.ID, hash, now.Now())
}
