package accounts

import (
	"context"
	"errors"
	"fmt"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
)

// SampleUser is a user that exists in development only.
type SampleUser struct{ Email, Name, Role string }

// SampleUsers are the users that SeedUsers adds.
func SampleUsers() []SampleUser {
	return []SampleUser{
		{"ada@example.com", "Ada Lovelace", auth.RoleEditor},
		{"grace@example.com", "Grace Hopper", auth.RoleReader},
		{"alan@example.com", "Alan Turing", auth.RoleAdmin},
	}
}

// SeedUsers adds the sample users that don't exist, and leaves the others alone.
type SeedUsers func(ctx context.Context) error

// NewSeedUsers returns the use case.
func NewSeedUsers(users *Users, now feature.Clock) SeedUsers {
	return func(ctx context.Context) error {
		for _, sample := range SampleUsers() {
			if err := seedUser(ctx, users, sample, now); err != nil {
				return fmt.Errorf("sample user %s: %w", sample.Email, err)
			}
		}
		return nil
	}
}

func seedUser(ctx context.Context, users *Users, sample SampleUser, now feature.Clock) error {
	_, err := users.FindByEmail(ctx, sample.Email)
	if !errors.Is(err, fault.NotFound) {
		return err
	}
	user := newUser(sample.Email, sample.Name, now.Now())
	user.verify(now.Now())
	if _, err := user.grant(sample.Role, now.Now()); err != nil {
		return err
	}
	_, err = users.Create(ctx, user)
	return err
}
