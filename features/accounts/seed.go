package accounts

import (
	"context"
	"errors"
	"fmt"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
)

// samplePassword is that of all sample users. They exist in development only.
const samplePassword = "pergola-dev"

var sampleUsers = []struct{ email, name, role string }{
	{"ada@example.com", "Ada Lovelace", auth.RoleEditor},
	{"grace@example.com", "Grace Hopper", auth.RoleReader},
	{"alan@example.com", "Alan Turing", auth.RoleAdmin},
}

// seed makes the sample users that are not there, and leaves the others as
// they are.
func (f *Feature) seed(ctx context.Context) error {
	hash := "" // the same for all: it is no secret, and made only if needed
	for _, sample := range sampleUsers {
		_, err := f.users.FindByEmail(ctx, sample.email)
		if err == nil {
			continue
		}
		if !errors.Is(err, fault.NotFound) {
			return fmt.Errorf("find sample user %s: %w", sample.email, err)
		}
		if hash == "" {
			if hash, err = f.passwords.Hash(ctx, samplePassword); err != nil {
				return fmt.Errorf("hash the sample password: %w", err)
			}
		}
		user := newUser(sample.email, sample.name, hash, f.now())
		if _, err := user.grant(sample.role, f.now()); err != nil {
			return fmt.Errorf("sample user %s: %w", sample.email, err)
		}
		if _, err := f.users.Create(ctx, user); err != nil {
			return fmt.Errorf("create sample user %s: %w", sample.email, err)
		}
	}
	return nil
}
