package notifications

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
)

// Announcements stores announcements in the table notifications_announcements.
type Announcements struct{ db *database.DB }

// NewAnnouncements makes the store.
func NewAnnouncements(db *database.DB) *Announcements { return &Announcements{db: db} }

// Add stores an announcement unless there is one with this ID. It returns the
// stored one and whether that was added now. It blocks while another
// transaction adds the same ID.
func (s *Announcements) Add(ctx context.Context, a Announcement) (stored Announcement, added bool, err error) {
	const insert = `
		insert into notifications_announcements (id, title, text, sender_id, sender_name, sent_at)
		values ($1, $2, $3, $4, $5, $6)
		on conflict (id) do nothing`
	tag, err := s.db.Exec(ctx, insert, a.ID, a.Title, a.Text, a.SenderID, a.SenderName, a.SentAt)
	if err != nil {
		return Announcement{}, false, fmt.Errorf("add announcement %s: %w", a.ID, err)
	}
	if tag.RowsAffected() == 1 {
		return a, true, nil
	}
	found, err := s.query(ctx, selectAnnouncement+` where id = $1`, a.ID)
	if err != nil {
		return Announcement{}, false, fmt.Errorf("find announcement %s: %w", a.ID, err)
	}
	if len(found) == 0 {
		return Announcement{}, false, fmt.Errorf("announcement %s disappeared while it was added", a.ID)
	}
	return found[0], false, nil
}

// Latest returns the announcements that were sent last, newest first.
func (s *Announcements) Latest(ctx context.Context, limit int) ([]Announcement, error) {
	latest, err := s.query(ctx, selectAnnouncement+` order by sent_at desc, id desc limit $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list announcements: %w", err)
	}
	return latest, nil
}

const selectAnnouncement = `
	select id::text, title, text, sender_id::text, sender_name, sent_at from notifications_announcements`

func (s *Announcements) query(ctx context.Context, sql string, args ...any) ([]Announcement, error) {
	rows, err := s.db.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Announcement])
	for i := range found {
		found[i].SentAt = found[i].SentAt.UTC()
	}
	return found, err
}
