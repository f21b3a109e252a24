package accounts

import (
	"context"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// SignUp makes an account. It says nothing of whether the address was taken:
// then it changes nothing, after the same work. It signs nobody in. It fails
// with fault.Invalid, naming the fields, and with fault.Unavailable if too many
// passwords are being hashed.
type SignUp func(ctx context.Context, in SignUpInput) error

// SignUpInput is what a person says of themselves.
type SignUpInput struct {
	Email    string
	Name     string
	Password string
}

// NewSignUp makes the use case.
func NewSignUp(users Users, passwords Passwords, now feature.Clock) SignUp {
	return observe.Command("accounts.sign_up", func(ctx context.Context, in SignUpInput) error {
		in, err := in.parse()
		if err != nil {
			return err
		}
		hash, err := passwords.Hash(ctx, in.Password)
		if err != nil {
			return err
		}
		_, err = users.Create(ctx, newUser(in.Email, in.Name, hash, now()))
		return err
	})
}

func (in SignUpInput) parse() (SignUpInput, error) {
	var wrong fieldErrors
	var message string
	in.Name, message = parseName(in.Name)
	wrong.add("name", message)
	in.Email, message = parseEmail(in.Email)
	wrong.add("email", message)
	wrong.add("password", checkPassword(in.Password, in.Email, in.Name))
	return in, wrong.err()
}
