package accounts

import (
	"context"
	"errors"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// FindLink says whose a link from a letter is, and leaves it as it is: programs
// that look at mail before its reader does follow links, too. It fails with
// fault.NotFound if the link does not work, or not for this purpose.
type FindLink func(ctx context.Context, in LinkInput) (User, error)

// LinkInput is the secret of a link, and what it is to do.
type LinkInput struct {
	Secret  string
	Purpose Purpose
}

// NewFindLink makes the use case.
func NewFindLink(users Users, tokens Tokens, now feature.Clock) FindLink {
	return observe.UseCase("accounts.find_link", func(ctx context.Context, in LinkInput) (User, error) {
		token, err := tokens.Find(ctx, tokenHash(in.Secret))
		if err != nil {
			return User{}, err
		}
		user, err := users.Find(ctx, token.UserID)
		return openedBy(token, user, err, in.Purpose, now)
	})
}

// openedBy is the user whose link it is; err is that of finding them.
func openedBy(token Token, user User, err error, purpose Purpose, now feature.Clock) (User, error) {
	if errors.Is(err, fault.NotFound) {
		return User{}, errDeadLink
	}
	if err != nil {
		return User{}, err
	}
	if !token.opens(user, purpose, now()) {
		return User{}, errDeadLink
	}
	return user, nil
}

// take uses a link up and returns whose it was, who cannot be changed by
// anybody else until the end of the transaction. If it fails the transaction
// must, so that a link is not lost to a wrong purpose.
func take(ctx context.Context, users Users, tokens Tokens, in LinkInput, now feature.Clock) (User, error) {
	token, err := tokens.Take(ctx, tokenHash(in.Secret))
	if err != nil {
		return User{}, err
	}
	user, err := users.FindForUpdate(ctx, token.UserID)
	return openedBy(token, user, err, in.Purpose, now)
}
