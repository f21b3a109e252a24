package accounts

import (
	"context"
	"errors"
	"fmt"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
)

// samplePassword is that of all sample users. They exist in development only.
const samplePassword = "pergola-dev"

type sampleUser struct{ email, name, role string }

var sampleUsers = []sampleUser{
	{"ada@example.com", "Ada Lovelace", auth.RoleEditor},
	{"grace@example.com", "Grace Hopper", auth.RoleReader},
	{"alan@example.com", "Alan Turing", auth.RoleAdmin},
}

// SeedUsers makes the sample users of development that are not there, and
// leaves the others as they are.
type SeedUsers func(ctx context.Context) error

// NewSeedUsers makes the seed.
func NewSeedUsers(users Users, passwords Passwords, now feature.Clock) SeedUsers {
	return func(ctx context.Context) error {
		missing, err := missingSamples(ctx, users)
		if err != nil || len(missing) == 0 {
			return err
		}
		hash, err := passwords.Hash(ctx, samplePassword) // the same for all: it is no secret
		if err != nil {
			return fmt.Errorf("hash the sample password: %w", err)
		}
		for _, sample := range missing {
			user := newUser(sample.email, sample.name, hash, now())
			user.verify(now())
			if _, err := user.grant(sample.role, now()); err != nil {
				return fmt.Errorf("sample user %s: %w", sample.email, err)
			}
			if _, err := users.Create(ctx, user); err != nil {
				return fmt.Errorf("create sample user %s: %w", sample.email, err)
			}
		}
		return nil
	}
}

func missingSamples(ctx context.Context, users Users) (missing []sampleUser, err error) {
	for _, sample := range sampleUsers {
		_, err := users.FindByEmail(ctx, sample.email)
		if errors.Is(err, fault.NotFound) {
			missing = append(missing, sample)
		} else if err != nil {
			return nil, fmt.Errorf("find sample user %s: %w", sample.email, err)
		}
	}
	return missing, nil
}
