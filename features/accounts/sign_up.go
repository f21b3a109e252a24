package accounts

import (
	"context"
	"errors"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/mail"
	"example.com/pergola/core/observe"
)

// SignUp makes an account, and sends a letter with a link to confirm the
// address. It says nothing of whether the address was taken: then it changes
// nothing, after the same work and in the same time, and the letter tells the
// owner. It signs nobody in. It fails with fault.Invalid, naming the fields, and
// with fault.Unavailable if too many passwords are being hashed.
type SignUp func(ctx context.Context, in SignUpInput) error

// SignUpInput is what a person says of themselves.
type SignUpInput struct {
	Email    string
	Name     string
	Password string
}

// NewSignUp makes the use case.
func NewSignUp(users Users, passwords Passwords, postman *Postman, tx database.Transactor, pace Pace, now feature.Clock) SignUp {
	return observe.Command("accounts.sign_up", func(ctx context.Context, in SignUpInput) error {
		in, err := in.parse()
		if err != nil {
			return err
		}
		hash, err := passwords.Hash(ctx, in.Password)
		if err != nil {
			return err
		}
		user := newUser(in.Email, in.Name, hash, now())
		return pace.keep(ctx, func() error {
			return tx.InTx(ctx, func(ctx context.Context) error {
				created, err := users.Create(ctx, user)
				if err != nil || postman.Off() {
					return err
				}
				if created {
					return postman.sendVerification(ctx, user)
				}
				return tellOwner(ctx, users, postman, in.Email)
			})
		})
	})
}

// tellOwner writes to whoever has the address already.
func tellOwner(ctx context.Context, users Users, postman *Postman, email string) error {
	owner, err := users.FindByEmail(ctx, email)
	if errors.Is(err, fault.NotFound) || err == nil && owner.Locked() {
		return nil // gone since, or nobody to write to
	}
	if err != nil {
		return err
	}
	return postman.sendTaken(ctx, owner)
}

func (in SignUpInput) parse() (SignUpInput, error) {
	var wrong fieldErrors
	var message string
	in.Name, message = parseName(in.Name)
	wrong.add("name", message)
	in.Email, message = parseEmail(in.Email)
	if message == "" && mail.CheckAddress(in.Email) != nil {
		message = notAnEmail
	}
	wrong.add("email", message)
	wrong.add("password", checkPassword(in.Password, in.Email, in.Name))
	return in, wrong.err()
}
