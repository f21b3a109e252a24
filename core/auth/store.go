package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
)

// Record is a stored session.
type Record struct {
	Session
	TokenHash []byte // SHA-256 of the token in the cookie; unique
	Data      []byte // session data, such as a flash message
}

// Store keeps sessions in the table auth_sessions and finds their users through
// the view auth_users. Its methods join the transaction in the context.
type Store struct{ db *database.DB }

// NewStore creates a Store.
func NewStore(db *database.DB) *Store { return &Store{db: db} }

// listLimit bounds ListByUser, so that the list fits on a page.
const listLimit = 100

// Find returns the session with this token and its user, the zero User for a
// visitor. It fails with fault.NotFound if there is none, if it has expired at
// now, or if its user is deleted or locked.
func (s *Store) Find(ctx context.Context, tokenHash []byte, now time.Time) (Record, User, error) {
	const query = `
		select s.id::text, coalesce(s.user_id::text, ''), s.data, s.user_agent, s.ip, s.created_at, s.expires_at,
		       coalesce(u.id::text, ''), coalesce(u.email, ''), coalesce(u.name, ''), u.roles
		from auth_sessions s
		left join auth_users u on u.id = s.user_id
		where s.token_hash = $1 and s.expires_at > $2`
	record, user := Record{TokenHash: tokenHash}, User{}
	err := s.db.Read(ctx, query, tokenHash, now).Scan(
		&record.ID, &record.UserID, &record.Data, &record.UserAgent, &record.IP, &record.CreatedAt, &record.ExpiresAt,
		&user.ID, &user.Email, &user.Name, &user.Roles)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && user.ID != record.UserID {
		return Record{}, User{}, fault.NotFound
	}
	if err != nil {
		return Record{}, User{}, fmt.Errorf("find session: %w", err)
	}
	return record, user, nil
}

// Insert adds a new session.
func (s *Store) Insert(ctx context.Context, record Record) error {
	const query = `
		insert into auth_sessions (id, user_id, token_hash, data, user_agent, ip, created_at, expires_at)
		values ($1, nullif($2, '')::uuid, $3, $4, $5, $6, $7, $8)`
	_, err := s.db.Exec(ctx, query, record.ID, record.UserID, record.TokenHash, record.Data,
		record.UserAgent, record.IP, record.CreatedAt, record.ExpiresAt)
	if err != nil {
		return fmt.Errorf("insert session: %w", err)
	}
	return nil
}

// Update stores token, data and expiry of a session that still has the token it
// was found with. If the session has ended or its token was renewed since, it
// fails with fault.NotFound.
func (s *Store) Update(ctx context.Context, record Record, foundWith []byte) error {
	const query = `
		update auth_sessions set token_hash = $3, data = $4, expires_at = $5
		where id = $1 and token_hash = $2`
	tag, err := s.db.Exec(ctx, query, record.ID, foundWith, record.TokenHash, record.Data, record.ExpiresAt)
	if err != nil {
		return fmt.Errorf("update session: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.NotFound
	}
	return nil
}

// Delete removes a session. It does nothing if there is none.
func (s *Store) Delete(ctx context.Context, id string) error {
	if _, err := s.db.Exec(ctx, `delete from auth_sessions where id = $1`, id); err != nil {
		return fmt.Errorf("delete session: %w", err)
	}
	return nil
}

// ListByUser returns the user's sessions that have not expired at now, newest
// first, up to 100.
func (s *Store) ListByUser(ctx context.Context, userID string, now time.Time) ([]Session, error) {
	const query = `
		select id::text, user_id::text, created_at, expires_at, user_agent, ip
		from auth_sessions
		where user_id = $1 and expires_at > $2
		order by created_at desc, id desc
		limit $3`
	rows, err := s.db.Query(ctx, query, userID, now, listLimit)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	sessions, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Session])
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return sessions, nil
}

// End removes one session of the user. It fails with fault.NotFound if the user
// has no such session.
func (s *Store) End(ctx context.Context, userID, id string) error {
	if uuid.Validate(id) != nil {
		return fault.NotFound
	}
	tag, err := s.db.Exec(ctx, `delete from auth_sessions where id = $1 and user_id = $2`, id, userID)
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.NotFound
	}
	return nil
}

// EndAllOf removes all sessions of the user.
func (s *Store) EndAllOf(ctx context.Context, userID string) error {
	if _, err := s.db.Exec(ctx, `delete from auth_sessions where user_id = $1`, userID); err != nil {
		return fmt.Errorf("end all sessions: %w", err)
	}
	return nil
}

// EndOthers removes all sessions of the user but one, and returns the ids of those
// it removed.
func (s *Store) EndOthers(ctx context.Context, userID, keepID string) ([]string, error) {
	const query = `
		delete from auth_sessions
		where user_id = $1 and id is distinct from nullif($2, '')::uuid
		returning id::text`
	rows, err := s.db.Query(ctx, query, userID, keepID)
	if err != nil {
		return nil, fmt.Errorf("end other sessions: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("end other sessions: %w", err)
	}
	return ids, nil
}

// DeleteExpired removes up to limit sessions that have expired at now, and
// returns their number.
func (s *Store) DeleteExpired(ctx context.Context, now time.Time, limit int) (int, error) {
	const query = `
		delete from auth_sessions
		where id in (
			select id from auth_sessions where expires_at <= $1
			order by expires_at limit $2
			for update skip locked
		)`
	tag, err := s.db.Exec(ctx, query, now, limit)
	if err != nil {
		return 0, fmt.Errorf("delete expired sessions: %w", err)
	}
	return int(tag.RowsAffected()), nil
}
