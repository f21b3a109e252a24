package accounts

import (
	"context"
	"strings"

	"golang.org/x/text/unicode/norm"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// ListUsers returns one page of users, newest first. It is for administrators:
// it fails with fault.Forbidden for everyone else, and with fault.NotFound if
// OlderThan or NewerThan is no UUID.
type ListUsers func(ctx context.Context, in ListUsersInput) (UsersPage, error)

// ListUsersInput selects the page. At most one of OlderThan and NewerThan is
// set.
type ListUsersInput struct {
	Search    string // part of an address or a name, in any case
	OlderThan string // UsersPage.Older of the previous page
	NewerThan string // UsersPage.Newer of the next page
}

// UsersPage is one page of users.
type UsersPage struct {
	Users []User
	Newer string // "" on the first page
	Older string // "" on the last page
}

const usersPerPage = 25

// NewListUsers returns the use case.
func NewListUsers(users *Users) ListUsers {
	return observe.UseCase("accounts.list_users", func(ctx context.Context, in ListUsersInput) (UsersPage, error) {
		if !auth.CurrentUser(ctx).HasRole(auth.RoleAdmin) {
			return UsersPage{}, errAdminsOnly
		}
		query, err := in.query()
		if err != nil {
			return UsersPage{}, err
		}
		found, err := users.List(ctx, query)
		if err != nil {
			return UsersPage{}, err
		}
		return pageOf(found, in), nil
	})
}

var errAdminsOnly = fault.Forbidden.New("Only administrators can manage users.")

// query selects one user more than a page shows, to learn whether there are
// more.
func (in ListUsersInput) query() (UsersQuery, error) {
	for _, id := range []string{in.OlderThan, in.NewerThan} {
		if id != "" && !database.IsUUID(id) {
			return UsersQuery{}, fault.NotFound.New("This page of users doesn't exist.")
		}
	}
	search := strings.ToValidUTF8(strings.ReplaceAll(in.Search, "\x00", ""), "")
	return UsersQuery{
		Search:    strings.ToLower(norm.NFC.String(strings.TrimSpace(search))),
		OlderThan: in.OlderThan,
		NewerThan: in.NewerThan,
		Limit:     usersPerPage + 1,
	}, nil
}

func pageOf(found []User, in ListUsersInput) UsersPage {
	page := UsersPage{Users: found}
	more := len(found) > usersPerPage
	if in.NewerThan != "" {
		if more {
			page.Users = found[1:]
		}
		return page.between(more, true)
	}
	if more {
		page.Users = found[:usersPerPage]
	}
	return page.between(in.OlderThan != "", more)
}

// between sets the cursors of a page with newer and older neighbors.
func (p UsersPage) between(newer, older bool) UsersPage {
	if len(p.Users) == 0 {
		return p
	}
	if newer {
		p.Newer = p.Users[0].ID
	}
	if older {
		p.Older = p.Users[len(p.Users)-1].ID
	}
	return p
}
