package notifications

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
)

// Digests stores subscriptions to the weekly digest in the table
// notifications_digests. Each reader has a secret key, which the emails contain
// and which unsubscribes without signing in.
type Digests struct{ db *database.DB }

// NewDigests makes the store.
func NewDigests(db *database.DB) *Digests { return &Digests{db: db} }

// SetSubscribed stores whether a reader wants the digest.
func (s *Digests) SetSubscribed(ctx context.Context, readerID string, subscribed bool) error {
	const sql = `
		insert into notifications_digests (user_id, subscribed, key) values ($1, $2, $3)
		on conflict (user_id) do update set subscribed = excluded.subscribed`
	if _, err := s.db.Exec(ctx, sql, readerID, subscribed, newKey()); err != nil {
		return fmt.Errorf("set the digest subscription: %w", err)
	}
	return nil
}

// Subscribed reports whether a reader has subscribed to the digest. It is off until they
// subscribe.
func (s *Digests) Subscribed(ctx context.Context, readerID string) (subscribed bool, err error) {
	const sql = `select exists (select from notifications_digests where user_id = $1 and subscribed)`
	if err := s.db.QueryRow(ctx, sql, readerID).Scan(&subscribed); err != nil {
		return false, fmt.Errorf("read the digest subscription: %w", err)
	}
	return subscribed, nil
}

// Due returns subscribed readers whose digest of this week is not claimed yet,
// sorted by ID, after this one; "" starts at the first.
func (s *Digests) Due(ctx context.Context, week Week, after string, limit int) ([]string, error) {
	const sql = `
		select user_id::text from notifications_digests
		where subscribed and (week is null or week < $1) and user_id > $2
		order by user_id limit $3`
	if after == "" {
		after = uuid.Nil.String()
	}
	rows, err := s.db.Query(ctx, sql, string(week), after, limit)
	if err != nil {
		return nil, fmt.Errorf("find due digests: %w", err)
	}
	due, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("find due digests: %w", err)
	}
	return due, nil
}

// Claim marks a reader's digest of a week as handled and returns the reader's
// key. It returns false if the digest is not due, or no longer. Call it inside
// the transaction that sends the digest: Claim blocks while another transaction
// holds the same digest.
func (s *Digests) Claim(ctx context.Context, readerID string, week Week) (key string, due bool, err error) {
	const sql = `
		update notifications_digests set week = $2
		where user_id = $1 and subscribed and (week is null or week < $2)
		returning key`
	err = s.db.QueryRow(ctx, sql, readerID, string(week)).Scan(&key)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("claim the digest of %s: %w", week, err)
	}
	return key, true, nil
}

// Unsubscribe ends the subscription of the reader with this key. It fails with
// fault.NotFound if there is none.
func (s *Digests) Unsubscribe(ctx context.Context, key string) error {
	if !isKey(key) {
		return errNoDigest()
	}
	tag, err := s.db.Exec(ctx, `update notifications_digests set subscribed = false where key = $1`, key)
	if err != nil {
		return fmt.Errorf("unsubscribe from digests: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return errNoDigest()
	}
	return nil
}

// SubscribedByKey reports whether the reader with this key wants the digest. It
// fails with fault.NotFound if there is none.
func (s *Digests) SubscribedByKey(ctx context.Context, key string) (subscribed bool, err error) {
	if !isKey(key) {
		return false, errNoDigest()
	}
	err = s.db.QueryRow(ctx, `select subscribed from notifications_digests where key = $1`, key).Scan(&subscribed)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, errNoDigest()
	}
	if err != nil {
		return false, fmt.Errorf("find the digest subscription by its key: %w", err)
	}
	return subscribed, nil
}

// Remove deletes the subscriptions of these users.
func (s *Digests) Remove(ctx context.Context, userIDs []string) error {
	if _, err := s.db.Exec(ctx, `delete from notifications_digests where user_id = any($1::uuid[])`, userIDs); err != nil {
		return fmt.Errorf("remove digest subscriptions: %w", err)
	}
	return nil
}

// A key is 52 characters of base32.
const (
	keyLength   = 52
	keyAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
)

func newKey() string { return rand.Text() + rand.Text() }

// isKey reports whether text has the form of a key. A URL can contain anything.
func isKey(text string) bool {
	return len(text) == keyLength && strings.Trim(text, keyAlphabet) == ""
}

func errNoDigest() error {
	return fault.NotFound.New("This link is invalid. The account may have been deleted.")
}
