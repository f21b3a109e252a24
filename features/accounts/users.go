package accounts

import (
	"context"

	"example.com/pergola/core/auth"
)

// Users is what accounts asks of storage. All methods join the transaction in
// the context. Those that look for one user fail with fault.NotFound if there
// is none.
type Users interface {
	// UserByID finds the user of a session. To it a locked user is nobody.
	auth.Users

	// Create adds a user. It reports false, and adds nothing, if the address
	// is taken.
	Create(ctx context.Context, user User) (created bool, err error)

	Find(ctx context.Context, id string) (User, error)

	// FindMany finds those of these users who are there, in no order.
	FindMany(ctx context.Context, ids []string) ([]User, error)

	// FindByEmail finds the user with this normalised address.
	FindByEmail(ctx context.Context, email string) (User, error)

	// FindForUpdate is Find; inside a transaction it keeps everybody else from
	// changing the user until the end.
	FindForUpdate(ctx context.Context, id string) (User, error)

	// AdminsForUpdate returns the ids of all administrators who are not locked,
	// in the order of ids; inside a transaction it keeps everybody else from changing these
	// users until the end. It comes before FindForUpdate, never after it, or
	// two transactions could wait for one another.
	AdminsForUpdate(ctx context.Context) ([]string, error)

	// Save writes a changed user.
	Save(ctx context.Context, user User) error

	// Delete removes a user.
	Delete(ctx context.Context, id string) error

	// List returns users, newest first.
	List(ctx context.Context, query UsersQuery) ([]User, error)

	// ListIDs returns the ids of users in the order of ids, after this one.
	ListIDs(ctx context.Context, after string, limit int) ([]string, error)

	// FindGone returns those of these UUIDs that no user has.
	FindGone(ctx context.Context, ids []string) ([]string, error)
}

// UsersQuery says which users to list.
type UsersQuery struct {
	Search    string // in lower case; part of an address or a name; "" for all
	OlderThan string // a user's id: begin with the next older
	NewerThan string // a user's id: end with the next newer
	Limit     int
}
