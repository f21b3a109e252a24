package accounts

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
)

// NewPostgresTokens keeps tokens in the table accounts_tokens.
func NewPostgresTokens(db *database.DB) Tokens { return &postgresTokens{db: db} }

type postgresTokens struct{ db *database.DB }

const tokenColumns = `token_hash, purpose, user_id::text, email, expires_at`

func (p *postgresTokens) Add(ctx context.Context, token Token, now time.Time) error {
	const query = `
		with expired as (delete from accounts_tokens where expires_at <= $6)
		insert into accounts_tokens (token_hash, purpose, user_id, email, expires_at) values ($1, $2, $3, $4, $5)`
	_, err := p.db.Exec(ctx, query, token.Hash, string(token.Purpose), token.UserID, token.Email, token.ExpiresAt, now)
	if err != nil {
		return fmt.Errorf("add a token of user %s: %w", token.UserID, err)
	}
	return nil
}

func (p *postgresTokens) Find(ctx context.Context, hash []byte) (Token, error) {
	return p.one(ctx, `select `+tokenColumns+` from accounts_tokens where token_hash = $1`, hash)
}

func (p *postgresTokens) Take(ctx context.Context, hash []byte) (Token, error) {
	return p.one(ctx, `delete from accounts_tokens where token_hash = $1 returning `+tokenColumns, hash)
}

func (p *postgresTokens) RemoveOf(ctx context.Context, userID string, purpose Purpose) error {
	const query = `delete from accounts_tokens where user_id = $1 and purpose = $2`
	if _, err := p.db.Exec(ctx, query, userID, string(purpose)); err != nil {
		return fmt.Errorf("remove the tokens of user %s: %w", userID, err)
	}
	return nil
}

func (p *postgresTokens) one(ctx context.Context, query string, hash []byte) (Token, error) {
	rows, err := p.db.Query(ctx, query, hash)
	if err != nil {
		return Token{}, fmt.Errorf("find a token: %w", err)
	}
	tokens, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Token])
	if err != nil {
		return Token{}, fmt.Errorf("find a token: %w", err)
	}
	if len(tokens) == 0 {
		return Token{}, errDeadLink
	}
	return tokens[0], nil
}
