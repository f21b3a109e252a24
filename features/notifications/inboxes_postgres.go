package notifications

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
)

// NewPostgresInboxes keeps notifications in the tables notifications_inboxes
// and notifications_notifications.
func NewPostgresInboxes(db *database.DB) Inboxes { return &postgresInboxes{db: db} }

type postgresInboxes struct{ db *database.DB }

// Deliver is one statement however many the readers are. It locks inboxes in
// the order of their ids, as every delivery does.
func (p *postgresInboxes) Deliver(ctx context.Context, notice Notice, readerIDs []string) ([]Delivery, error) {
	const sql = `
		with wanting as (
			select given.id, given.user_id
			from unnest($1::uuid[], $2::uuid[]) as given (id, user_id)
			left join notifications_inboxes inbox on inbox.user_id = given.user_id
			where $3 <> 'article' or coalesce(inbox.new_articles, true)
		), delivered as (
			insert into notifications_notifications (id, user_id, kind, source_id, title, text, url, actor_name, created_at)
			select id, user_id, $3, $4, $5, $6, $7, $8, $9 from wanting order by user_id
			on conflict (user_id, source_id) do nothing
			returning id, user_id
		), counted as (
			insert into notifications_inboxes as inbox (user_id, unread, revision)
			select user_id, 1, 1 from delivered order by user_id
			on conflict (user_id) do update set unread = inbox.unread + 1, revision = inbox.revision + 1
			returning user_id, unread, revision, new_articles
		)
		select user_id::text, delivered.id::text, unread, revision, new_articles
		from delivered join counted using (user_id)`
	ids := make([]string, len(readerIDs))
	for i := range ids {
		ids[i] = newID()
	}
	rows, err := p.db.Query(ctx, sql, ids, readerIDs,
		notice.Kind, notice.SourceID, notice.Title, notice.Text, notice.URL, notice.ActorName, notice.At)
	if err != nil {
		return nil, fmt.Errorf("deliver notice of %s %s: %w", notice.Kind, notice.SourceID, err)
	}
	deliveries := make([]Delivery, 0, len(readerIDs))
	var d Delivery
	scanned := []any{&d.ReaderID, &d.NotificationID, &d.Inbox.Unread, &d.Inbox.Revision, &d.Inbox.NewArticles}
	_, err = pgx.ForEachRow(rows, scanned, func() error {
		deliveries = append(deliveries, d)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("deliver notice of %s %s: %w", notice.Kind, notice.SourceID, err)
	}
	return deliveries, nil
}

func (p *postgresInboxes) Find(ctx context.Context, readerID, id string) (Notification, error) {
	if !isID(id) {
		return Notification{}, errNoNotification()
	}
	found, err := p.many(ctx, selectNotification+` where user_id = $1 and id = $2`, readerID, id)
	if err != nil {
		return Notification{}, fmt.Errorf("find notification %s: %w", id, err)
	}
	if len(found) == 0 {
		return Notification{}, errNoNotification()
	}
	return found[0], nil
}

func (p *postgresInboxes) List(ctx context.Context, readerID, below string, limit int) ([]Notification, error) {
	if below == "" {
		below = uuid.Max.String()
	}
	found, err := p.many(ctx, selectNotification+` where user_id = $1 and id < $2 order by id desc limit $3`, readerID, below, limit)
	if err != nil {
		return nil, fmt.Errorf("list notifications: %w", err)
	}
	return found, nil
}

func (p *postgresInboxes) Inbox(ctx context.Context, readerID string) (Inbox, error) {
	const sql = `select unread, revision, new_articles from notifications_inboxes where user_id = $1`
	inbox, err := scanInbox(p.db.Read(ctx, sql, readerID))
	if errors.Is(err, pgx.ErrNoRows) {
		return newInbox(), nil
	}
	if err != nil {
		return Inbox{}, fmt.Errorf("read inbox: %w", err)
	}
	return inbox, nil
}

func (p *postgresInboxes) MarkRead(ctx context.Context, readerID, id string, at time.Time) (Inbox, bool, error) {
	if !isID(id) {
		return Inbox{}, false, nil
	}
	return p.markRead(ctx, `update notifications_notifications set read_at = $2 where user_id = $1 and id = $3 and read_at is null`, readerID, at, id)
}

func (p *postgresInboxes) MarkAllRead(ctx context.Context, readerID string, at time.Time) (Inbox, bool, error) {
	return p.markRead(ctx, `update notifications_notifications set read_at = $2 where user_id = $1 and read_at is null`, readerID, at)
}

// markRead takes the inbox first, so that whoever changes the same one at the
// same time waits here.
func (p *postgresInboxes) markRead(ctx context.Context, update, readerID string, at time.Time, more ...any) (Inbox, bool, error) {
	if _, err := p.db.Exec(ctx, `select from notifications_inboxes where user_id = $1 for update`, readerID); err != nil {
		return Inbox{}, false, fmt.Errorf("lock inbox: %w", err)
	}
	tag, err := p.db.Exec(ctx, update, append([]any{readerID, at}, more...)...)
	if err != nil {
		return Inbox{}, false, fmt.Errorf("mark notifications as read: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return Inbox{}, false, nil
	}
	const sql = `
		update notifications_inboxes set unread = unread - $2, revision = revision + 1 where user_id = $1
		returning unread, revision, new_articles`
	inbox, err := scanInbox(p.db.QueryRow(ctx, sql, readerID, tag.RowsAffected()))
	if err != nil {
		return Inbox{}, false, fmt.Errorf("count unread notifications: %w", err)
	}
	return inbox, true, nil
}

func (p *postgresInboxes) WantNewArticles(ctx context.Context, readerID string, wanted bool) error {
	const sql = `
		insert into notifications_inboxes (user_id, new_articles) values ($1, $2)
		on conflict (user_id) do update set new_articles = excluded.new_articles`
	if _, err := p.db.Exec(ctx, sql, readerID, wanted); err != nil {
		return fmt.Errorf("note who wants new articles: %w", err)
	}
	return nil
}

// Trim takes the inboxes first, in the order in which deliveries do.
func (p *postgresInboxes) Trim(ctx context.Context, readerIDs []string, readBefore time.Time, keep int) (map[string]Inbox, error) {
	const lock = `select from notifications_inboxes where user_id = any($1::uuid[]) order by user_id for update`
	if _, err := p.db.Exec(ctx, lock, readerIDs); err != nil {
		return nil, fmt.Errorf("lock inboxes: %w", err)
	}
	const sql = `
		with placed as (
			select user_id, id, read_at, row_number() over (partition by user_id order by id desc) as place
			from notifications_notifications
			where user_id = any($1::uuid[])
		), removed as (
			delete from notifications_notifications using placed
			where notifications_notifications.user_id = placed.user_id and notifications_notifications.id = placed.id
				and (placed.place > $3 or placed.read_at < $2)
			returning placed.user_id, placed.read_at
		), lost as (
			select user_id, count(*) as unread from removed where read_at is null group by user_id
		)
		update notifications_inboxes inbox set unread = inbox.unread - lost.unread, revision = revision + 1
		from lost where inbox.user_id = lost.user_id
		returning inbox.user_id::text, inbox.unread, revision, new_articles`
	rows, err := p.db.Query(ctx, sql, readerIDs, readBefore, keep)
	if err != nil {
		return nil, fmt.Errorf("remove old notifications: %w", err)
	}
	changed := map[string]Inbox{}
	var readerID string
	var inbox Inbox
	_, err = pgx.ForEachRow(rows, []any{&readerID, &inbox.Unread, &inbox.Revision, &inbox.NewArticles}, func() error {
		changed[readerID] = inbox
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("remove old notifications: %w", err)
	}
	return changed, nil
}

func (p *postgresInboxes) Owners(ctx context.Context, after string, limit int) ([]string, error) {
	if after == "" {
		after = uuid.Nil.String()
	}
	rows, err := p.db.Query(ctx, `select user_id::text from notifications_inboxes where user_id > $1 order by user_id limit $2`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list owners of inboxes: %w", err)
	}
	owners, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list owners of inboxes: %w", err)
	}
	return owners, nil
}

// Remove locks in the order in which deliveries do. The notifications go with
// their inbox.
func (p *postgresInboxes) Remove(ctx context.Context, userIDs []string) error {
	const sql = `
		delete from notifications_inboxes where user_id in (
			select user_id from notifications_inboxes where user_id = any($1::uuid[]) order by user_id for update)`
	if _, err := p.db.Exec(ctx, sql, userIDs); err != nil {
		return fmt.Errorf("remove inboxes: %w", err)
	}
	return nil
}

const selectNotification = `
	select id::text, user_id::text, kind, source_id::text, title, text, url, actor_name, created_at, read_at
	from notifications_notifications`

func (p *postgresInboxes) many(ctx context.Context, sql string, args ...any) ([]Notification, error) {
	rows, err := p.db.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	var found []Notification
	var n Notification
	var readAt *time.Time
	scanned := []any{&n.ID, &n.UserID, &n.Kind, &n.SourceID, &n.Title, &n.Text, &n.URL, &n.ActorName, &n.At, &readAt}
	_, err = pgx.ForEachRow(rows, scanned, func() error {
		n.At, n.ReadAt = n.At.UTC(), time.Time{}
		if readAt != nil {
			n.ReadAt = readAt.UTC()
		}
		found = append(found, n)
		return nil
	})
	return found, err
}

func scanInbox(row pgx.Row) (inbox Inbox, err error) {
	err = row.Scan(&inbox.Unread, &inbox.Revision, &inbox.NewArticles)
	return inbox, err
}
