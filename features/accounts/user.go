package accounts

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
)

// User is an account.
type User struct {
	ID           string
	Email        string // normalised; no two accounts have the same
	Name         string
	PasswordHash string
	Roles        []string // in the order of grantable roles, RoleReader first
	CreatedAt    time.Time
	UpdatedAt    time.Time
	LockedAt     time.Time // since when nobody can sign in; zero if the account is not locked
	VerifiedAt   time.Time // since when the address is known to be theirs; zero if it is not
}

const (
	maxEmailLength = 254 // bytes, as in SMTP
	maxNameLength  = 80  // characters
)

// roles are all there are, in the order in which they are shown.
var roles = []string{auth.RoleReader, auth.RoleEditor, auth.RoleAdmin}

func newUser(email, name, passwordHash string, now time.Time) User {
	return User{
		ID:           uuid.Must(uuid.NewV7()).String(),
		Email:        email,
		Name:         name,
		PasswordHash: passwordHash,
		Roles:        []string{auth.RoleReader},
		CreatedAt:    now,
		UpdatedAt:    now,
	}
}

// Identity is the user as the rest of the application knows it.
func (u User) Identity() auth.User {
	return auth.User{ID: u.ID, Email: u.Email, Name: u.Name, Roles: slices.Clone(u.Roles)}
}

// HasRole reports whether the user was granted the role.
func (u User) HasRole(role string) bool { return slices.Contains(u.Roles, role) }

// Locked reports whether the account is kept from signing in.
func (u User) Locked() bool { return !u.LockedAt.IsZero() }

// lock keeps the user out. It reports false if the account is locked already.
func (u *User) lock(now time.Time) (changed bool) {
	if u.Locked() {
		return false
	}
	u.LockedAt, u.UpdatedAt = now, now
	return true
}

// unlock lets the user in again. It reports false if the account is not locked.
func (u *User) unlock(now time.Time) (changed bool) {
	if !u.Locked() {
		return false
	}
	u.LockedAt, u.UpdatedAt = time.Time{}, now
	return true
}

// Verified reports whether the user has shown that the address is theirs.
func (u User) Verified() bool { return !u.VerifiedAt.IsZero() }

// verify takes the address for theirs. It reports false if it is already.
func (u *User) verify(now time.Time) (changed bool) {
	if u.Verified() {
		return false
	}
	u.VerifiedAt, u.UpdatedAt = now, now
	return true
}

// grant adds a role. It reports false if the user has it already, and fails
// with fault.Invalid if there is no such role.
func (u *User) grant(role string, now time.Time) (changed bool, err error) {
	if !slices.Contains(roles, role) {
		return false, errNoSuchRole
	}
	if u.HasRole(role) {
		return false, nil
	}
	granted := append(slices.Clone(u.Roles), role)
	slices.SortFunc(granted, func(a, b string) int { return slices.Index(roles, a) - slices.Index(roles, b) })
	u.Roles, u.UpdatedAt = granted, now
	return true, nil
}

// revoke takes a role away. It reports false if the user does not have it, and
// fails with fault.Invalid if there is no such role or everybody has it.
func (u *User) revoke(role string, now time.Time) (changed bool, err error) {
	if !slices.Contains(roles, role) {
		return false, errNoSuchRole
	}
	if role == auth.RoleReader {
		return false, fault.Invalid.New("Every account is a reader.")
	}
	if !u.HasRole(role) {
		return false, nil
	}
	u.Roles = slices.DeleteFunc(slices.Clone(u.Roles), func(r string) bool { return r == role })
	u.UpdatedAt = now
	return true, nil
}

var errNoSuchRole = fault.Invalid.New("There is no such role.")

// searchText is what a search looks into. It is made here rather than in SQL,
// so that every storage finds the same.
func (u User) searchText() string { return strings.ToLower(u.Email + " " + u.Name) }

// parseEmail normalises an address: Ada@Example.COM and ada@example.com are one
// account. The message says what is wrong; it is "" if nothing is.
func parseEmail(raw string) (email, message string) {
	email = norm.NFC.String(strings.ToLower(norm.NFC.String(strings.TrimSpace(raw))))
	switch {
	case email == "":
		return "", "Enter your e-mail address."
	case !utf8.ValidString(raw):
		return "", "This address holds characters that cannot be read."
	case len(email) > maxEmailLength:
		return "", "This e-mail address is too long."
	case !looksLikeEmail(email):
		return "", notAnEmail
	}
	return email, ""
}

const notAnEmail = "This does not look like an e-mail address, such as ada@example.com."

// looksLikeEmail refuses what cannot be an address. Whether it is one, only a
// letter sent there would tell.
func looksLikeEmail(email string) bool {
	local, domain, found := strings.Cut(email, "@")
	if !found || local == "" || len(local) > 64 {
		return false
	}
	if !strings.Contains(domain, ".") || strings.Contains(domain, "..") || strings.Trim(domain, ".-") != domain {
		return false
	}
	return !strings.ContainsFunc(email, notInEmail) && !strings.Contains(domain, "@")
}

func notInEmail(r rune) bool {
	return unicode.IsSpace(r) || !unicode.IsGraphic(r) || strings.ContainsRune(`<>()[]\,;:"`, r)
}

// parseName trims a name and makes every gap in it one space.
func parseName(raw string) (name, message string) {
	if !utf8.ValidString(raw) || strings.ContainsFunc(raw, notInName) {
		return "", "This name holds characters that cannot be shown."
	}
	name = norm.NFC.String(strings.Join(strings.Fields(raw), " "))
	switch {
	case name == "":
		return "", "Enter the name that others will see."
	case utf8.RuneCountInString(name) > maxNameLength:
		return "", "This name is too long: 80 characters are enough."
	}
	return name, ""
}

// notInName keeps out what would disturb the text around a name: control
// characters and those that turn the direction of writing.
func notInName(r rune) bool {
	return unicode.IsControl(r) && !unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r)
}

// fieldErrors collects what is wrong with a form.
type fieldErrors []fault.Field

func (f *fieldErrors) add(name, message string) {
	if message != "" {
		*f = append(*f, fault.Field{Name: name, Message: message})
	}
}

func (f fieldErrors) err() error { return fault.InvalidFields(f...) }
