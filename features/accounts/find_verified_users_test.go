package accounts_test

import (
	"testing"

	"github.com/google/uuid"

	"example.com/pergola/features/accounts"
)

func TestFindVerifiedUsers_leavesOutUnverifiedAndLockedUsers(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	verified, unverified, locked := newUser("a@example.com"), newUser("b@example.com"), newUser("c@example.com")
	verified.VerifiedAt, locked.VerifiedAt, locked.LockedAt = verified.CreatedAt, locked.CreatedAt, locked.CreatedAt
	s.create(t, verified, unverified, locked)

	found, err := accounts.NewFindVerifiedUsers(s.users)(t.Context(), []string{verified.ID, unverified.ID, locked.ID, uuid.NewString()})

	if err != nil || len(found) != 1 || found[verified.ID].Email != "a@example.com" {
		t.Errorf("found %+v, %v; want the user whose address is verified", found, err)
	}
}
