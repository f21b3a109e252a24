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

// password is the password of the server's only role.
type password struct {
	text    string
	unknown bool // newly made, so that an existing server doesn't have it yet
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

func readOrCreatePassword(dir string) (password, error) {
	known, err := readPassword(dir)
	if err != nil || known.text != "" {
		return known, err
	}
	text := rand.Text() + rand.Text()
	return password{text: text, unknown: true}, writeAtomically(passwordFile(dir), text)
}

// writeAtomically writes a small private file atomically.
func writeAtomically(path, text string) error {
	draft := path + ".new"
	if err := os.WriteFile(draft, []byte(text+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(draft, path)
}

// verifier returns what the server stores for the password, in the form that
// CREATE ROLE accepts. It uses a single iteration: more iterations protect
// guessable passwords, but this one has 260 random bits, and each iteration
// would slow down every connection of every test.
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

// passwordRejected reports whether the server works but rejects the password.
func passwordRejected(err error) bool {
	answer, ok := errors.AsType[*pgconn.PgError](err)
	return ok && answer.Code == "28P01"
}
