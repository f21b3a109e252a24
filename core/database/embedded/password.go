package embedded

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// password is what the server's only role signs in with.
type password struct {
	text    string
	unknown bool // to a server that exists already, because it is new
}

func passwordFile(dir string) string { return filepath.Join(dir, "password") }

// readPassword returns the zero password if there is none.
func readPassword(dir string) (password, error) {
	text, err := os.ReadFile(passwordFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return password{}, nil
	}
	return password{text: strings.TrimSpace(string(text))}, err
}

func readOrMakePassword(dir string) (password, error) {
	known, err := readPassword(dir)
	if err != nil || known.text != "" {
		return known, err
	}
	text := rand.Text() + rand.Text()
	return password{text: text, unknown: true}, writeWhole(passwordFile(dir), text)
}

// writeWhole writes a small private file so that it is there whole or not at
// all.
func writeWhole(path, text string) error {
	draft := path + ".new"
	if err := os.WriteFile(draft, []byte(text+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(draft, path)
}

// verifier is what the server stores of the password, as CREATE ROLE takes it.
// It is stretched by one round only: stretching protects passwords that can be
// guessed, this one has 260 random bits, and each round costs every connection
// of every test.
func (p password) verifier() (string, error) {
	const rounds = 1
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	salted, err := pbkdf2.Key(sha256.New, p.text, salt, rounds, sha256.Size)
	if err != nil {
		return "", err
	}
	stored := sha256.Sum256(mac(salted, "Client Key"))
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s",
		rounds, encode(salt), encode(stored[:]), encode(mac(salted, "Server Key"))), nil
}

func mac(key []byte, message string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(message))
	return h.Sum(nil)
}

// passwordRefused reports whether the server is well but knows another
// password.
func passwordRefused(err error) bool {
	answer, ok := errors.AsType[*pgconn.PgError](err)
	return ok && answer.Code == "28P01"
}
