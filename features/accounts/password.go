package accounts

import (
	_ "embed"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A password may be any text: length is what makes it strong, and rules about
// its letters only make it forgotten.
const (
	minPasswordLength = 8
	maxPasswordLength = 128
)

//go:embed common_passwords.txt
var commonPasswordList string

// commonPasswords are those that are tried first by everybody who guesses.
var commonPasswords = func() map[string]bool {
	common := map[string]bool{}
	for _, password := range strings.Fields(commonPasswordList) {
		common[password] = true
	}
	return common
}()

// checkPassword says what is wrong with a new password; "" if nothing is.
func checkPassword(password, email, name string) string {
	length := utf8.RuneCountInString(password)
	lower := strings.ToLower(password)
	local, _, _ := strings.Cut(email, "@")
	switch {
	case !utf8.ValidString(password):
		return "This password holds characters that cannot be read."
	case length == 0:
		return "Choose a password."
	case length < minPasswordLength:
		return "Use 8 characters or more."
	case length > maxPasswordLength:
		return "Use 128 characters or fewer."
	case commonPasswords[lower] || strings.Count(lower, lower[:1]) == len(lower):
		return "This password is among the first that anybody would try. Choose another."
	case lower == email || lower == local || lower == strings.ToLower(name):
		return "Choose a password that is not your name or address."
	}
	return ""
}

// normalPassword makes one text of the ways in which keyboards send the same
// characters.
func normalPassword(password string) []byte { return []byte(norm.NFC.String(password)) }
