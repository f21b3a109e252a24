package authentication

import (
	"context"
	"errors"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/features/accounts"
)

// FindEmailLink returns the user a link was emailed to. The link still works
// afterwards, because mail scanners open links before their recipients do. It
// fails with fault.NotFound if the link is invalid, expired, or has another
// purpose.
type FindEmailLink func(ctx context.Context, in EmailLink) (accounts.User, error)

// EmailLink is a link in an email.
type EmailLink struct {
	Secret  string
	Purpose Purpose
}

// NewFindEmailLink returns the use case.
func NewFindEmailLink(tokens *EmailTokens, findUser accounts.FindUser, now feature.Clock) FindEmailLink {
	return observe.UseCase("authentication.find_email_link", func(ctx context.Context, in EmailLink) (accounts.User, error) {
		token, err := tokens.Find(ctx, secretHash(in.Secret))
		if err != nil {
			return accounts.User{}, err
		}
		user, err := findUser(ctx, token.UserID)
		return in.check(token, user, err, now)
	})
}

// check returns the user if the token is valid for them. userErr is the error of
// finding them.
func (in EmailLink) check(token EmailToken, user accounts.User, userErr error, now feature.Clock) (accounts.User, error) {
	if errors.Is(userErr, fault.NotFound) {
		return accounts.User{}, errInvalidLink
	}
	if userErr != nil {
		return accounts.User{}, userErr
	}
	if !token.validFor(user, in.Purpose, now.Now()) {
		return accounts.User{}, errInvalidLink
	}
	return user, nil
}

// use invalidates the link and returns its user, locked until the end of the
// transaction. The user is locked before the token is deleted, in the same order
// as everywhere else, so that transactions can't deadlock.
func (in EmailLink) use(ctx context.Context, tokens *EmailTokens, find accounts.FindUserForUpdate, now feature.Clock) (accounts.User, error) {
	token, err := tokens.Find(ctx, secretHash(in.Secret))
	if err != nil {
		return accounts.User{}, err
	}
	user, err := find(ctx, token.UserID)
	if user, err = in.check(token, user, err, now); err != nil {
		return accounts.User{}, err
	}
	_, err = tokens.Take(ctx, token.Hash)
	return user, err
}
