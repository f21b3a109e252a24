package accounts

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A password may be any text: length is what makes it strong, and rules about
// its letters only make it forgotten.
const (
	minPasswordLength = 12
	maxPasswordLength = 128
)

//go:embed common_passwords.txt
var commonPasswordList string

// commonPasswords are those that are tried first by everybody who guesses, and
// the words that most others are made of; the longest first.
var commonPasswords = func() []string {
	common := strings.Fields(commonPasswordList)
	slices.SortStableFunc(common, func(a, b string) int { return len(b) - len(a) })
	return common
}()

// guessable reports whether a password in lower case is one that is tried
// first, or is made of one or two of them and little else: "password1234",
// "Summer-2025!!", "qwertyqwerty". Three words in a row are many more to guess.
func guessable(lower string) bool {
	found := 0
	for _, common := range commonPasswords {
		if rest := strings.ReplaceAll(lower, common, " "); rest != lower {
			lower, found = rest, found+1
		}
	}
	const little = 4
	return found > 0 && found <= 2 && countLetters(lower) < little
}

func countLetters(text string) (n int) {
	for _, r := range text {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

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
		return "Use 12 characters or more."
	case length > maxPasswordLength:
		return "Use 128 characters or fewer."
	case guessable(lower) || strings.Trim(lower, lower[:1]) == "":
		return "This password is among the first that anybody would try. Choose another."
	case lower == email || lower == local || lower == strings.ToLower(name):
		return "Choose a password that is not your name or address."
	}
	return ""
}

// normalPassword makes one text of the ways in which keyboards send the same
// characters.
func normalPassword(password string) []byte { return []byte(norm.NFC.String(password)) }
