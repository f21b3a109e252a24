package accounts

import (
	"context"
	"errors"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// ChangePassword gives the current user another password, signs out every
// other device, and renews the session of this one. All sockets of the user
// are closed, links to reset the password are worth nothing, and a letter tells
// the owner. It fails with fault.Unauthenticated for a visitor, with
// fault.Invalid, naming the fields, with fault.Conflict if the password was
// changed elsewhere at the same time, and with fault.Unavailable if too many
// passwords are being hashed.
type ChangePassword func(ctx context.Context, in ChangePasswordInput) error

// ChangePasswordInput is the password that is and the one that is to be.
type ChangePasswordInput struct {
	Current string
	New     string
}

// NewChangePassword makes the use case.
func NewChangePassword(users Users, tokens Tokens, passwords Passwords, postman *Postman, tx database.Transactor, sessions *auth.Sessions, now feature.Clock) ChangePassword {
	return observe.Command("accounts.change_password", func(ctx context.Context, in ChangePasswordInput) error {
		user, err := confirmed(ctx, users, passwords, "current_password", in.Current)
		if err != nil {
			return err
		}
		if message := checkPassword(in.New, user.Email, user.Name); message != "" {
			return fault.InvalidFields(fault.Field{Name: "new_password", Message: message})
		}
		hash, err := passwords.Hash(ctx, in.New)
		if err != nil {
			return err
		}
		return tx.InTx(ctx, func(ctx context.Context) error {
			current, err := unchanged(ctx, users, user)
			if err != nil {
				return err
			}
			current.PasswordHash, current.UpdatedAt = hash, now()
			if err := users.Save(ctx, current); err != nil {
				return err
			}
			if err := tokens.RemoveOf(ctx, user.ID, ResetsPassword); err != nil {
				return err
			}
			if err := sessions.EndOthers(ctx, user.ID); err != nil {
				return err
			}
			if err := sessions.Renew(ctx); err != nil {
				return err
			}
			return postman.sendChanged(ctx, current)
		})
	})
}

// confirmed is the current user, if this is their password. It fails with
// fault.Unauthenticated for a visitor and with fault.Invalid, naming the field.
func confirmed(ctx context.Context, users Users, passwords Passwords, field, password string) (User, error) {
	user, err := users.Find(ctx, auth.CurrentUser(ctx).ID)
	if err != nil {
		return User{}, notSignedIn(err)
	}
	if password == "" {
		return User{}, fault.InvalidFields(fault.Field{Name: field, Message: "Enter your present password."})
	}
	ok, _, err := passwords.Verify(ctx, user.PasswordHash, password)
	if err != nil {
		return User{}, err
	}
	if !ok {
		return User{}, fault.InvalidFields(fault.Field{Name: field, Message: "This is not your present password."})
	}
	return user, nil
}

// notSignedIn says of somebody who is not there, or no longer, that they must
// sign in.
func notSignedIn(err error) error {
	if errors.Is(err, fault.NotFound) {
		return fault.Unauthenticated
	}
	return err
}
