package authentication

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
)

// EmailTokens is the table authentication_email_tokens. All methods join the
// transaction in the context.
type EmailTokens struct{ db *database.DB }

// NewEmailTokens returns the store.
func NewEmailTokens(db *database.DB) *EmailTokens { return &EmailTokens{db: db} }

const emailTokenColumns = `token_hash, purpose, user_id::text, email, expires_at`

// Add adds a token, and deletes all that have expired by now, so that the table
// doesn't grow with links that were never opened.
func (s *EmailTokens) Add(ctx context.Context, token EmailToken, now time.Time) error {
	const query = `
		with expired as (delete from authentication_email_tokens where expires_at <= $6)
		insert into authentication_email_tokens (token_hash, purpose, user_id, email, expires_at) values ($1, $2, $3, $4, $5)`
	_, err := s.db.Exec(ctx, query, token.Hash, string(token.Purpose), token.UserID, token.Email, token.ExpiresAt, now)
	if err != nil {
		return fmt.Errorf("add an email token of user %s: %w", token.UserID, err)
	}
	return nil
}

// Find finds the token with this hash. It fails with fault.NotFound if there is
// none.
func (s *EmailTokens) Find(ctx context.Context, hash []byte) (EmailToken, error) {
	return s.one(ctx, `select `+emailTokenColumns+` from authentication_email_tokens where token_hash = $1`, hash)
}

// Take deletes the token with this hash and returns it. Of several concurrent
// callers one gets it. It fails with fault.NotFound if there is none.
func (s *EmailTokens) Take(ctx context.Context, hash []byte) (EmailToken, error) {
	return s.one(ctx, `delete from authentication_email_tokens where token_hash = $1 returning `+emailTokenColumns, hash)
}

// Delete deletes a user's tokens for this purpose.
func (s *EmailTokens) Delete(ctx context.Context, userID string, purpose Purpose) error {
	const query = `delete from authentication_email_tokens where user_id = $1 and purpose = $2`
	if _, err := s.db.Exec(ctx, query, userID, string(purpose)); err != nil {
		return fmt.Errorf("delete the email tokens of user %s: %w", userID, err)
	}
	return nil
}

func (s *EmailTokens) one(ctx context.Context, query string, hash []byte) (EmailToken, error) {
	rows, err := s.db.Query(ctx, query, hash)
	if err != nil {
		return EmailToken{}, fmt.Errorf("find an email token: %w", err)
	}
	tokens, err := pgx.CollectRows(rows, pgx.RowToStructByPos[EmailToken])
	if err != nil {
		return EmailToken{}, fmt.Errorf("find an email token: %w", err)
	}
	if len(tokens) == 0 {
		return EmailToken{}, errInvalidLink
	}
	return tokens[0], nil
}
