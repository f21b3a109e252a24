package notifications

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
)

// NewPostgresDigests keeps digests in the table notifications_digests.
func NewPostgresDigests(db *database.DB) Digests { return &postgresDigests{db: db} }

type postgresDigests struct{ db *database.DB }

func (p *postgresDigests) Want(ctx context.Context, readerID string, wanted bool) error {
	const sql = `
		insert into notifications_digests (user_id, wanted, key) values ($1, $2, $3)
		on conflict (user_id) do update set wanted = excluded.wanted`
	if _, err := p.db.Exec(ctx, sql, readerID, wanted, newKey()); err != nil {
		return fmt.Errorf("note who wants digests: %w", err)
	}
	return nil
}

func (p *postgresDigests) Wanted(ctx context.Context, readerID string) (wanted bool, err error) {
	const sql = `select exists (select from notifications_digests where user_id = $1 and wanted)`
	if err := p.db.QueryRow(ctx, sql, readerID).Scan(&wanted); err != nil {
		return false, fmt.Errorf("read who wants digests: %w", err)
	}
	return wanted, nil
}

func (p *postgresDigests) Due(ctx context.Context, week Week, after string, limit int) ([]string, error) {
	const sql = `
		select user_id::text from notifications_digests
		where wanted and (week is null or week < $1) and user_id > $2
		order by user_id limit $3`
	if after == "" {
		after = uuid.Nil.String()
	}
	rows, err := p.db.Query(ctx, sql, string(week), after, limit)
	if err != nil {
		return nil, fmt.Errorf("find whose digest is due: %w", err)
	}
	due, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("find whose digest is due: %w", err)
	}
	return due, nil
}

// Claim waits for whoever claims the same and is not over.
func (p *postgresDigests) Claim(ctx context.Context, readerID string, week Week) (string, bool, error) {
	const sql = `
		update notifications_digests set week = $2
		where user_id = $1 and wanted and (week is null or week < $2)
		returning key`
	var key string
	err := p.db.QueryRow(ctx, sql, readerID, string(week)).Scan(&key)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("decide on the digest of %s: %w", week, err)
	}
	return key, true, nil
}

func (p *postgresDigests) Stop(ctx context.Context, key string) error {
	if !isKey(key) {
		return errNoDigest()
	}
	tag, err := p.db.Exec(ctx, `update notifications_digests set wanted = false where key = $1`, key)
	if err != nil {
		return fmt.Errorf("stop digests: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return errNoDigest()
	}
	return nil
}

func (p *postgresDigests) WantedBy(ctx context.Context, key string) (wanted bool, err error) {
	if !isKey(key) {
		return false, errNoDigest()
	}
	err = p.db.QueryRow(ctx, `select wanted from notifications_digests where key = $1`, key).Scan(&wanted)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, errNoDigest()
	}
	if err != nil {
		return false, fmt.Errorf("find digests by their key: %w", err)
	}
	return wanted, nil
}

func (p *postgresDigests) Remove(ctx context.Context, userIDs []string) error {
	if _, err := p.db.Exec(ctx, `delete from notifications_digests where user_id = any($1::uuid[])`, userIDs); err != nil {
		return fmt.Errorf("remove digests: %w", err)
	}
	return nil
}

// isKey reports whether there may be a reader with this key: addresses hold
// anything.
func isKey(key string) bool {
	return len(key) == keyLength && strings.Trim(key, keyAlphabet) == ""
}
