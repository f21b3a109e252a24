package notifications

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
)

// NewPostgresAnnouncements keeps announcements in the table
// notifications_announcements.
func NewPostgresAnnouncements(db *database.DB) Announcements { return &postgresAnnouncements{db: db} }

type postgresAnnouncements struct{ db *database.DB }

// Add waits for a transaction that adds the same and is not over, and sees what
// became of it.
func (p *postgresAnnouncements) Add(ctx context.Context, a Announcement) (Announcement, bool, error) {
	const insert = `
		insert into notifications_announcements (id, title, text, sender_id, sender_name, sent_at)
		values ($1, $2, $3, $4, $5, $6)
		on conflict (id) do nothing`
	tag, err := p.db.Exec(ctx, insert, a.ID, a.Title, a.Text, a.SenderID, a.SenderName, a.SentAt)
	if err != nil {
		return Announcement{}, false, fmt.Errorf("add announcement %s: %w", a.ID, err)
	}
	if tag.RowsAffected() == 1 {
		return a, true, nil
	}
	stored, err := p.many(ctx, selectAnnouncement+` where id = $1`, a.ID)
	if err != nil {
		return Announcement{}, false, fmt.Errorf("find announcement %s: %w", a.ID, err)
	}
	if len(stored) == 0 {
		return Announcement{}, false, fmt.Errorf("announcement %s was there and is gone", a.ID)
	}
	return stored[0], false, nil
}

func (p *postgresAnnouncements) Latest(ctx context.Context, limit int) ([]Announcement, error) {
	latest, err := p.many(ctx, selectAnnouncement+` order by sent_at desc, id desc limit $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list announcements: %w", err)
	}
	return latest, nil
}

const selectAnnouncement = `
	select id::text, title, text, sender_id::text, sender_name, sent_at from notifications_announcements`

func (p *postgresAnnouncements) many(ctx context.Context, sql string, args ...any) ([]Announcement, error) {
	rows, err := p.db.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Announcement])
	for i := range found {
		found[i].SentAt = found[i].SentAt.UTC()
	}
	return found, err
}
