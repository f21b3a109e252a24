package authentication

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A password may be any text. Length makes it strong; rules about kinds of
// characters only make it hard to remember.
const (
	minPasswordLength = 12
	maxPasswordLength = 128
)

//go:embed common_passwords.txt
var commonPasswordList string

// commonPasswords are the passwords that are guessed first, and the words that
// most others consist of; the longest first.
var commonPasswords = func() []string {
	common := strings.Fields(commonPasswordList)
	slices.SortStableFunc(common, func(a, b string) int { return len(b) - len(a) })
	return common
}()

// guessable reports whether a lowercase password is a common one, or consists of
// one or two of them and little else: "password1234", "Summer-2025!!",
// "qwertyqwerty". Three words in a row are much harder to guess.
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

// checkPassword returns the problem with a new password, "" if there is none.
func checkPassword(password, email, name string) (problem string) {
	length := utf8.RuneCountInString(password)
	lower := strings.ToLower(password)
	local, _, _ := strings.Cut(email, "@")
	switch {
	case !utf8.ValidString(password):
		return "This password contains invalid characters."
	case length == 0:
		return "Choose a password."
	case length < minPasswordLength:
		return "Use 12 characters or more."
	case length > maxPasswordLength:
		return "Use 128 characters or fewer."
	case guessable(lower) || strings.Trim(lower, lower[:1]) == "":
		return "This password is too easy to guess. Choose another one."
	case lower == email || lower == local || lower == strings.ToLower(name):
		return "Choose a password that isn't your name or email address."
	}
	return ""
}

// normalPassword normalizes the different encodings of the same characters that
// keyboards send.
func normalPassword(password string) []byte { return []byte(norm.NFC.String(password)) }
