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

// SignIn begins a session in the request of ctx. It fails with fault.Invalid
// if address and password do not belong together, alike and after the same
// work whether there is such an address or not and whether the account is
// locked or not, and with fault.Unavailable if too many passwords are being
// hashed.
type SignIn func(ctx context.Context, in SignInInput) error

// SignInInput is what a person knows.
type SignInInput struct {
	Email    string
	Password string
}

// NewSignIn makes the use case.
func NewSignIn(users Users, passwords Passwords, tx database.Transactor, sessions *auth.Sessions, now feature.Clock) SignIn {
	return observe.Command("accounts.sign_in", func(ctx context.Context, in SignInInput) error {
		email, err := in.parse()
		if err != nil {
			return err
		}
		user, err := users.FindByEmail(ctx, email)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		// The zero User has the hash "", which is nobody's and as much work.
		ok, stale, err := passwords.Verify(ctx, user.PasswordHash, in.Password)
		if err != nil {
			return err
		}
		if !ok || user.Locked() {
			return errWrongCredentials
		}
		fresh := user.PasswordHash
		if stale {
			if fresh, err = passwords.Hash(ctx, in.Password); err != nil {
				return err
			}
		}
		return tx.InTx(ctx, func(ctx context.Context) error {
			current, err := unchanged(ctx, users, user)
			if errors.Is(err, fault.Conflict) {
				return errWrongCredentials
			}
			if err != nil {
				return err
			}
			if current.PasswordHash != fresh {
				current.PasswordHash, current.UpdatedAt = fresh, now()
				if err := users.Save(ctx, current); err != nil {
					return err
				}
			}
			return sessions.SignIn(ctx, user.ID)
		})
	})
}

func (in SignInInput) parse() (email string, err error) {
	var wrong fieldErrors
	email, message := parseEmail(in.Email)
	wrong.add("email", message)
	if in.Password == "" {
		wrong.add("password", "Enter your password.")
	}
	return email, wrong.err()
}

var errWrongCredentials = fault.Invalid.New("This address and password do not belong together.")

// unchanged holds a user whose password was verified before the transaction
// began, and makes sure that it is still that password: it may have been
// changed, or the account locked or deleted, while the hash was made. It fails
// with fault.Conflict if so.
func unchanged(ctx context.Context, users Users, verified User) (User, error) {
	current, err := users.FindForUpdate(ctx, verified.ID)
	if errors.Is(err, fault.NotFound) || err == nil && (current.PasswordHash != verified.PasswordHash || current.Locked()) {
		return User{}, fault.Conflict.New("Your account was changed a moment ago. Please try again.")
	}
	return current, err
}
