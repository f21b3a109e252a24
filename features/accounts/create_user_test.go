package accounts_test

import (
	"testing"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/fault/faulttest"
	"example.com/pergola/features/accounts"
)

func TestCreateUser_returnsTheOwnerOfATakenAddress(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	create := accounts.NewCreateUser(s.db, s.users, atNoon)
	first, err := create(t.Context(), accounts.CreateUserInput{Email: " Ada@Example.com", Name: " Ada  Lovelace "})
	if err != nil || !first.Created || first.User.Email != "ada@example.com" || first.User.Name != "Ada Lovelace" {
		t.Fatalf("CreateUser = %+v, %v", first, err)
	}

	second, err := create(t.Context(), accounts.CreateUserInput{Email: "ADA@example.com", Name: "Eva"})

	if err != nil || second.Created || !same(second.User, first.User) {
		t.Errorf("CreateUser = %+v, %v, want the first user", second, err)
	}
}

func TestCreateUser_rejectsInvalidInput(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	create := accounts.NewCreateUser(s.db, s.users, atNoon)
	for field, in := range map[string]accounts.CreateUserInput{
		"email": {Email: "ada", Name: "Ada"},
		"name":  {Email: "ada@example.com", Name: " "},
	} {
		_, err := create(t.Context(), in)

		if faulttest.Want(t, err, fault.Invalid); len(fault.Fields(err)) != 1 || fault.Fields(err)[0].Name != field {
			t.Errorf("CreateUser(%+v) = %v, want an error of the field %s", in, err, field)
		}
	}
}

func TestMarkEmailVerified_keepsTheFirstTime(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	user := newUser("ada@example.com")
	s.create(t, user)
	if err := accounts.NewMarkEmailVerified(s.db, s.users, atNoon)(t.Context(), user.ID); err != nil {
		t.Fatal(err)
	}

	err := accounts.NewMarkEmailVerified(s.db, s.users, nil)(t.Context(), user.ID)

	if found, findErr := s.users.Find(t.Context(), user.ID); err != nil || findErr != nil || !found.VerifiedAt.Equal(noon) {
		t.Errorf("verified at %v, %v, %v, want noon", found.VerifiedAt, err, findErr)
	}
	faulttest.Want(t, accounts.NewMarkEmailVerified(s.db, s.users, atNoon)(t.Context(), newUser("b@example.com").ID), fault.NotFound)
}
