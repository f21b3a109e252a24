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
	ID         string
	Email      string // normalized; unique
	Name       string
	Roles      []string // sorted by privilege, RoleReader first
	CreatedAt  time.Time
	UpdatedAt  time.Time
	LockedAt   time.Time // zero if the account isn't locked
	VerifiedAt time.Time // zero if the email address isn't verified
}

// Limits of what a user can enter.
const (
	MaxEmailLength = 254 // bytes, as in SMTP
	MaxNameLength  = 80  // characters
)

// roles are all roles, sorted by privilege.
var roles = []string{auth.RoleReader, auth.RoleEditor, auth.RoleAdmin}

func newUser(email, name string, now time.Time) User {
	return User{
		ID:        uuid.Must(uuid.NewV7()).String(),
		Email:     email,
		Name:      name,
		Roles:     []string{auth.RoleReader},
		CreatedAt: now,
		UpdatedAt: now,
	}
}

// Identity is the user as core/auth and other features know it.
func (u User) Identity() auth.User {
	return auth.User{ID: u.ID, Email: u.Email, Name: u.Name, Roles: slices.Clone(u.Roles)}
}

// HasRole reports whether the user has the role.
func (u User) HasRole(role string) bool { return slices.Contains(u.Roles, role) }

// Locked reports whether an administrator has locked the account.
func (u User) Locked() bool { return !u.LockedAt.IsZero() }

// lock locks the account. It reports false if it was locked already.
func (u *User) lock(now time.Time) (changed bool) {
	if u.Locked() {
		return false
	}
	u.LockedAt, u.UpdatedAt = now, now
	return true
}

// unlock unlocks the account. It reports false if it wasn't locked.
func (u *User) unlock(now time.Time) (changed bool) {
	if !u.Locked() {
		return false
	}
	u.LockedAt, u.UpdatedAt = time.Time{}, now
	return true
}

// Verified reports whether the user has shown that they receive email at the
// address.
func (u User) Verified() bool { return !u.VerifiedAt.IsZero() }

// verify marks the address as verified. It reports false if it was already.
func (u *User) verify(now time.Time) (changed bool) {
	if u.Verified() {
		return false
	}
	u.VerifiedAt, u.UpdatedAt = now, now
	return true
}

// grant adds a role. It reports false if the user already has it, and fails
// with fault.Invalid if the role doesn't exist.
func (u *User) grant(role string, now time.Time) (changed bool, err error) {
	if !slices.Contains(roles, role) {
		return false, errUnknownRole
	}
	if u.HasRole(role) {
		return false, nil
	}
	granted := append(slices.Clone(u.Roles), role)
	slices.SortFunc(granted, func(a, b string) int { return slices.Index(roles, a) - slices.Index(roles, b) })
	u.Roles, u.UpdatedAt = granted, now
	return true, nil
}

// revoke removes a role. It reports false if the user doesn't have it, and
// fails with fault.Invalid if the role doesn't exist or can't be removed.
func (u *User) revoke(role string, now time.Time) (changed bool, err error) {
	if !slices.Contains(roles, role) {
		return false, errUnknownRole
	}
	if role == auth.RoleReader {
		return false, fault.Invalid.New("Every user is a reader.")
	}
	if !u.HasRole(role) {
		return false, nil
	}
	u.Roles = slices.DeleteFunc(slices.Clone(u.Roles), func(r string) bool { return r == role })
	u.UpdatedAt = now
	return true, nil
}

var errUnknownRole = fault.Invalid.New("This role doesn't exist.")

// searchText is the text that a search matches. Go lowercases it, and the
// search term too, so that both follow the same rules for Unicode.
func (u User) searchText() string { return strings.ToLower(u.Email + " " + u.Name) }

// ParseEmail normalizes an email address: Ada@Example.COM and ada@example.com
// are the same account. If the address is invalid, problem is a sentence that a
// form can show.
func ParseEmail(raw string) (email, problem string) {
	email = norm.NFC.String(strings.ToLower(norm.NFC.String(strings.TrimSpace(raw))))
	switch {
	case email == "":
		return "", "Enter your email address."
	case !utf8.ValidString(raw):
		return "", "This address contains invalid characters."
	case len(email) > MaxEmailLength:
		return "", "This email address is too long."
	case !looksLikeEmail(email):
		return "", InvalidEmail
	}
	return email, ""
}

// InvalidEmail is what a form says about an address that cannot receive email.
const InvalidEmail = "Enter a valid email address, such as ada@example.com."

// looksLikeEmail rejects what cannot be an address. Only sending an email shows
// whether it exists.
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

// ParseName trims a name and collapses the spaces in it. If the name is
// invalid, problem is a sentence that a form can show.
func ParseName(raw string) (name, problem string) {
	if !utf8.ValidString(raw) || strings.ContainsFunc(raw, notInName) {
		return "", "This name contains invalid characters."
	}
	name = norm.NFC.String(strings.Join(strings.Fields(raw), " "))
	switch {
	case name == "":
		return "", "Enter your name."
	case utf8.RuneCountInString(name) > MaxNameLength:
		return "", "Use 80 characters or fewer."
	}
	return name, ""
}

// notInName rejects what would garble the text around a name: control
// characters and those that change the direction of writing.
func notInName(r rune) bool {
	return unicode.IsControl(r) && !unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r)
}
