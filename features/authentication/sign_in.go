package authentication

import (
	"context"
	"errors"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/form"
	"example.com/pergola/core/observe"
	"example.com/pergola/features/accounts"
)

// SignIn starts a session in the request of ctx. It fails with fault.Invalid for
// an incorrect email address or password or a locked account, with the same
// message and after the same work in all three cases, and with fault.Unavailable
// if too many passwords are being hashed.
type SignIn func(ctx context.Context, in SignInInput) error

// SignInInput is the sign-in form.
type SignInInput struct {
	Email    string
	Password string
}

// NewSignIn returns the use case.
func NewSignIn(
	db *database.DB, passwords *Passwords, hasher *PasswordHasher,
	findByEmail accounts.FindByEmail, findForUpdate accounts.FindUserForUpdate,
	sessions *auth.Sessions, now feature.Clock,
) SignIn {
	return observe.Command("authentication.sign_in", func(ctx context.Context, in SignInInput) error {
		email, err := in.parse()
		if err != nil {
			return err
		}
		user, err := findByEmail(ctx, email)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		// An unknown user has the ID "" and the hash "", which take as much work.
		hash, err := passwords.Find(ctx, user.ID)
		if err != nil {
			return err
		}
		ok, stale, err := hasher.Verify(ctx, hash, in.Password)
		if err != nil {
			return err
		}
		if !ok || user.Locked() {
			return errWrongCredentials
		}
		fresh := hash
		if stale {
			if fresh, err = hasher.Hash(ctx, in.Password); err != nil {
				return err
			}
		}
		return db.InTx(ctx, func(ctx context.Context) error {
			_, err := passwords.lockUnchanged(ctx, findForUpdate, user.ID, hash)
			if errors.Is(err, fault.Conflict) {
				return errWrongCredentials
			}
			if err != nil {
				return err
			}
			if stale {
				if err := passwords.Save(ctx, user.ID, fresh, now.Now()); err != nil {
					return err
				}
			}
			return sessions.SignIn(ctx, user.ID)
		})
	})
}

func (in SignInInput) parse() (email string, err error) {
	var errs form.Errors
	email, problem := accounts.ParseEmail(in.Email)
	errs.Add("email", problem)
	if in.Password == "" {
		errs.Add("password", "Enter your password.")
	}
	return email, errs.Err()
}

var errWrongCredentials = fault.Invalid.New("Incorrect email or password.")
