package notifications

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

// Inboxes stores notifications in the tables notifications_inboxes and
// notifications_notifications.
//
// Changes of one inbox are serialized, so that Inbox.Unread is right and
// Inbox.Revision gives their order. For that, call Deliver, MarkRead,
// MarkAllRead and Trim inside a transaction.
type Inboxes struct{ db *database.DB }

// NewInboxes makes the store.
func NewInboxes(db *database.DB) *Inboxes { return &Inboxes{db: db} }

// Delivery is a notification that was just delivered, and the state of its
// inbox.
type Delivery struct {
	ReaderID       string
	NotificationID string
	Inbox          Inbox
}

// Deliver adds the notice to the inboxes of these readers with one statement. It
// leaves out readers who already have it or don't want it, and returns what it
// delivered, in no order. The user IDs must be sorted: two deliveries lock
// inboxes in the same order, so that they cannot deadlock.
func (s *Inboxes) Deliver(ctx context.Context, notice Notice, readerIDs []string) ([]Delivery, error) {
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
	rows, err := s.db.Query(ctx, sql, ids, readerIDs,
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

// Find returns a notification. It fails with fault.NotFound if the reader has no
// such notification.
func (s *Inboxes) Find(ctx context.Context, readerID, id string) (Notification, error) {
	if !database.IsUUID(id) {
		return Notification{}, errNoNotification()
	}
	found, err := s.query(ctx, selectNotification+` where user_id = $1 and id = $2`, readerID, id)
	if err != nil {
		return Notification{}, fmt.Errorf("find notification %s: %w", id, err)
	}
	if len(found) == 0 {
		return Notification{}, errNoNotification()
	}
	return found[0], nil
}

// List returns a reader's notifications, newest first, that are older than the
// one with this ID; "" starts at the top.
func (s *Inboxes) List(ctx context.Context, readerID, below string, limit int) ([]Notification, error) {
	if below == "" {
		below = uuid.Max.String()
	}
	found, err := s.query(ctx, selectNotification+` where user_id = $1 and id < $2 order by id desc limit $3`, readerID, below, limit)
	if err != nil {
		return nil, fmt.Errorf("list notifications: %w", err)
	}
	return found, nil
}

// Inbox returns the state of a reader's inbox by reading a single row. A reader
// without one has no notifications and wants all kinds.
func (s *Inboxes) Inbox(ctx context.Context, readerID string) (Inbox, error) {
	const sql = `select unread, revision, new_articles from notifications_inboxes where user_id = $1`
	inbox, err := scanInbox(s.db.Read(ctx, sql, readerID))
	if errors.Is(err, pgx.ErrNoRows) {
		return Inbox{NewArticles: true}, nil
	}
	if err != nil {
		return Inbox{}, fmt.Errorf("read inbox: %w", err)
	}
	return inbox, nil
}

// MarkRead marks one notification as read. It returns false if that changes
// nothing: the notification is already read, or not this reader's.
func (s *Inboxes) MarkRead(ctx context.Context, readerID, id string, at time.Time) (inbox Inbox, changed bool, err error) {
	if !database.IsUUID(id) {
		return Inbox{}, false, nil
	}
	return s.markRead(ctx, `update notifications_notifications set read_at = $2 where user_id = $1 and id = $3 and read_at is null`, readerID, at, id)
}

// MarkAllRead marks all notifications of a reader as read. It returns false if
// none was unread.
func (s *Inboxes) MarkAllRead(ctx context.Context, readerID string, at time.Time) (inbox Inbox, changed bool, err error) {
	return s.markRead(ctx, `update notifications_notifications set read_at = $2 where user_id = $1 and read_at is null`, readerID, at)
}

// markRead locks the inbox first, so that concurrent changes of it wait.
func (s *Inboxes) markRead(ctx context.Context, update, readerID string, at time.Time, more ...any) (Inbox, bool, error) {
	if _, err := s.db.Exec(ctx, `select from notifications_inboxes where user_id = $1 for update`, readerID); err != nil {
		return Inbox{}, false, fmt.Errorf("lock inbox: %w", err)
	}
	tag, err := s.db.Exec(ctx, update, append([]any{readerID, at}, more...)...)
	if err != nil {
		return Inbox{}, false, fmt.Errorf("mark notifications as read: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return Inbox{}, false, nil
	}
	const sql = `
		update notifications_inboxes set unread = unread - $2, revision = revision + 1 where user_id = $1
		returning unread, revision, new_articles`
	inbox, err := scanInbox(s.db.QueryRow(ctx, sql, readerID, tag.RowsAffected()))
	if err != nil {
		return Inbox{}, false, fmt.Errorf("count unread notifications: %w", err)
	}
	return inbox, true, nil
}

// SetNewArticles stores whether a reader wants notifications of new articles.
func (s *Inboxes) SetNewArticles(ctx context.Context, readerID string, enabled bool) error {
	const sql = `
		insert into notifications_inboxes (user_id, new_articles) values ($1, $2)
		on conflict (user_id) do update set new_articles = excluded.new_articles`
	if _, err := s.db.Exec(ctx, sql, readerID, enabled); err != nil {
		return fmt.Errorf("set the preference for new articles: %w", err)
	}
	return nil
}

// Trim removes the notifications of these readers that were read before a time,
// and all but the newest keep of each. It returns the inboxes whose number of
// unread notifications changed. It locks inboxes in the same order as Deliver.
func (s *Inboxes) Trim(ctx context.Context, readerIDs []string, readBefore time.Time, keep int) (map[string]Inbox, error) {
	const lock = `select from notifications_inboxes where user_id = any($1::uuid[]) order by user_id for update`
	if _, err := s.db.Exec(ctx, lock, readerIDs); err != nil {
		return nil, fmt.Errorf("lock inboxes: %w", err)
	}
	const sql = `
		with ranked as (
			select user_id, id, read_at, row_number() over (partition by user_id order by id desc) as rank
			from notifications_notifications
			where user_id = any($1::uuid[])
		), removed as (
			delete from notifications_notifications using ranked
			where notifications_notifications.user_id = ranked.user_id and notifications_notifications.id = ranked.id
				and (ranked.rank > $3 or ranked.read_at < $2)
			returning ranked.user_id, ranked.read_at
		), lost as (
			select user_id, count(*) as unread from removed where read_at is null group by user_id
		)
		update notifications_inboxes inbox set unread = inbox.unread - lost.unread, revision = revision + 1
		from lost where inbox.user_id = lost.user_id
		returning inbox.user_id::text, inbox.unread, revision, new_articles`
	rows, err := s.db.Query(ctx, sql, readerIDs, readBefore, keep)
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

// Owners returns the IDs of users with an inbox, sorted, after this one; ""
// starts at the first.
func (s *Inboxes) Owners(ctx context.Context, after string, limit int) ([]string, error) {
	if after == "" {
		after = uuid.Nil.String()
	}
	rows, err := s.db.Query(ctx, `select user_id::text from notifications_inboxes where user_id > $1 order by user_id limit $2`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list owners of inboxes: %w", err)
	}
	owners, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list owners of inboxes: %w", err)
	}
	return owners, nil
}

// Remove deletes the inboxes of these users with all their notifications. It
// locks them in the same order as Deliver.
func (s *Inboxes) Remove(ctx context.Context, userIDs []string) error {
	const sql = `
		delete from notifications_inboxes where user_id in (
			select user_id from notifications_inboxes where user_id = any($1::uuid[]) order by user_id for update)`
	if _, err := s.db.Exec(ctx, sql, userIDs); err != nil {
		return fmt.Errorf("remove inboxes: %w", err)
	}
	return nil
}

const selectNotification = `
	select id::text, user_id::text, kind, source_id::text, title, text, url, actor_name, created_at, read_at
	from notifications_notifications`

func (s *Inboxes) query(ctx context.Context, sql string, args ...any) ([]Notification, error) {
	rows, err := s.db.Query(ctx, sql, args...)
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

func errNoNotification() error { return fault.NotFound.New("This notification doesn't exist.") }
