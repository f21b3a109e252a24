package authentication

import (
	"context"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/form"
	"example.com/pergola/core/mail"
	"example.com/pergola/core/observe"
	"example.com/pergola/features/accounts"
)

// SignUp creates an account and emails a link to verify the address. If the
// address is taken, it changes nothing and emails the owner instead, after the
// same work and in the same time: the caller can't see a difference. It
// doesn't sign in. It fails with fault.Invalid, naming the fields, and with
// fault.Unavailable if too many passwords are being hashed.
type SignUp func(ctx context.Context, in SignUpInput) error

// SignUpInput is the sign-up form.
type SignUpInput struct {
	Email    string
	Name     string
	Password string
}

// NewSignUp returns the use case.
func NewSignUp(
	db *database.DB, passwords *Passwords, hasher *PasswordHasher,
	createUser accounts.CreateUser, mailer *Mailer, minTime MinResponseTime, now feature.Clock,
) SignUp {
	return observe.Command("authentication.sign_up", func(ctx context.Context, in SignUpInput) error {
		in, err := in.parse()
		if err != nil {
			return err
		}
		hash, err := hasher.Hash(ctx, in.Password)
		if err != nil {
			return err
		}
		return minTime.Run(ctx, func() error {
			return db.InTx(ctx, func(ctx context.Context) error {
				result, err := createUser(ctx, accounts.CreateUserInput{Email: in.Email, Name: in.Name})
				if err != nil {
					return err
				}
				if !result.Created {
					return mailer.sendAddressTaken(ctx, result.User)
				}
				if err := passwords.Save(ctx, result.User.ID, hash, now.Now()); err != nil {
					return err
				}
				return mailer.sendVerification(ctx, result.User)
			})
		})
	})
}

func (in SignUpInput) parse() (SignUpInput, error) {
	var errs form.Errors
	var problem string
	in.Name, problem = accounts.ParseName(in.Name)
	errs.Add("name", problem)
	in.Email, problem = accounts.ParseEmail(in.Email)
	if problem == "" && mail.CheckAddress(in.Email) != nil {
		problem = accounts.InvalidEmail
	}
	errs.Add("email", problem)
	errs.Add("password", checkPassword(in.Password, in.Email, in.Name))
	return in, errs.Err()
}
