package authentication

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/features/accounts"
)

// Passwords is the table authentication_passwords: a hash for each user who has
// a password. All methods join the transaction in the context. Change a password
// under the lock of accounts.FindUserForUpdate.
type Passwords struct{ db *database.DB }

// NewPasswords returns the store.
func NewPasswords(db *database.DB) *Passwords { return &Passwords{db: db} }

// Find returns the hash of a user's password, "" if there is none. It runs the
// same query if userID is "", so that its duration doesn't reveal whether a user
// exists.
func (s *Passwords) Find(ctx context.Context, userID string) (hash string, err error) {
	if userID == "" {
		userID = uuid.Nil.String()
	}
	err = s.db.QueryRow(ctx, `select hash from authentication_passwords where user_id = $1`, userID).Scan(&hash)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("find the password of user %s: %w", userID, err)
	}
	return hash, nil
}

// Save sets the hash of a user's password.
func (s *Passwords) Save(ctx context.Context, userID, hash string, now time.Time) error {
	const query = `
		insert into authentication_passwords (user_id, hash, updated_at) values ($1, $2, $3)
		on conflict (user_id) do update set hash = excluded.hash, updated_at = excluded.updated_at`
	if _, err := s.db.Exec(ctx, query, userID, hash, now); err != nil {
		return fmt.Errorf("save the password of user %s: %w", userID, err)
	}
	return nil
}

// Delete deletes a user's password.
func (s *Passwords) Delete(ctx context.Context, userID string) error {
	if _, err := s.db.Exec(ctx, `delete from authentication_passwords where user_id = $1`, userID); err != nil {
		return fmt.Errorf("delete the password of user %s: %w", userID, err)
	}
	return nil
}

// lockUnchanged locks a user whose password was verified against this hash
// before the transaction started. It fails with fault.Conflict if the password
// was changed, or the account locked or deleted, in the meantime.
func (s *Passwords) lockUnchanged(ctx context.Context, find accounts.FindUserForUpdate, userID, verifiedHash string) (accounts.User, error) {
	user, err := find(ctx, userID)
	if errors.Is(err, fault.NotFound) || err == nil && user.Locked() {
		return accounts.User{}, errChanged
	}
	if err != nil {
		return accounts.User{}, err
	}
	hash, err := s.Find(ctx, userID)
	if err == nil && hash != verifiedHash {
		err = errChanged
	}
	return user, err
}

var errChanged = fault.Conflict.New("Your account changed in the meantime. Try again.")
