package notifications

import (
	"context"
	"maps"
	"slices"
	"time"

	"example.com/pergola/core/database"
)

// NewMemoryInboxes keeps notifications in memory, for development without a
// database and for tests. They are gone when the process ends.
func NewMemoryInboxes(mem *database.Memory) Inboxes {
	return &memoryInboxes{mem: mem, byReader: map[string]memoryInbox{}}
}

type memoryInboxes struct {
	mem      *database.Memory
	byReader map[string]memoryInbox
}

// memoryInbox is replaced as a whole, never changed, so that what a transaction
// puts back is what was there.
type memoryInbox struct {
	Inbox
	notifications []Notification // the oldest first
}

func (m *memoryInboxes) Deliver(ctx context.Context, notice Notice, readerIDs []string) ([]Delivery, error) {
	defer m.mem.Lock(ctx)()
	var deliveries []Delivery
	for _, readerID := range readerIDs {
		inbox := m.inbox(readerID)
		if !inbox.wants(notice.Kind) || inbox.has(notice.SourceID) {
			continue
		}
		notification := Notification{ID: newID(), UserID: readerID, Notice: notice}
		inbox.Inbox = inbox.counted(+1)
		inbox.notifications = append(slices.Clone(inbox.notifications), notification)
		m.set(ctx, readerID, inbox)
		deliveries = append(deliveries, Delivery{ReaderID: readerID, NotificationID: notification.ID, Inbox: inbox.Inbox})
	}
	return deliveries, nil
}

func (m *memoryInboxes) Find(ctx context.Context, readerID, id string) (Notification, error) {
	defer m.mem.Lock(ctx)()
	for _, notification := range m.inbox(readerID).notifications {
		if notification.ID == id {
			return notification, nil
		}
	}
	return Notification{}, errNoNotification()
}

func (m *memoryInboxes) List(ctx context.Context, readerID, below string, limit int) ([]Notification, error) {
	defer m.mem.Lock(ctx)()
	var found []Notification
	for _, notification := range slices.Backward(m.inbox(readerID).notifications) {
		if len(found) < limit && (below == "" || notification.ID < below) {
			found = append(found, notification)
		}
	}
	return found, nil
}

func (m *memoryInboxes) Inbox(ctx context.Context, readerID string) (Inbox, error) {
	defer m.mem.Lock(ctx)()
	return m.inbox(readerID).Inbox, nil
}

func (m *memoryInboxes) MarkRead(ctx context.Context, readerID, id string, at time.Time) (Inbox, bool, error) {
	return m.markRead(ctx, readerID, at, func(n Notification) bool { return n.ID == id })
}

func (m *memoryInboxes) MarkAllRead(ctx context.Context, readerID string, at time.Time) (Inbox, bool, error) {
	return m.markRead(ctx, readerID, at, func(Notification) bool { return true })
}

func (m *memoryInboxes) markRead(ctx context.Context, readerID string, at time.Time, meant func(Notification) bool) (Inbox, bool, error) {
	defer m.mem.Lock(ctx)()
	inbox := m.inbox(readerID)
	read := 0
	inbox.notifications = slices.Clone(inbox.notifications)
	for i, notification := range inbox.notifications {
		if notification.Unread() && meant(notification) {
			inbox.notifications[i].ReadAt = at
			read++
		}
	}
	if read == 0 {
		return Inbox{}, false, nil
	}
	inbox.Inbox = inbox.counted(-read)
	m.set(ctx, readerID, inbox)
	return inbox.Inbox, true, nil
}

func (m *memoryInboxes) WantNewArticles(ctx context.Context, readerID string, wanted bool) error {
	defer m.mem.Lock(ctx)()
	inbox := m.inbox(readerID)
	inbox.NewArticles = wanted
	m.set(ctx, readerID, inbox)
	return nil
}

func (m *memoryInboxes) Trim(ctx context.Context, readerIDs []string, readBefore time.Time, keep int) (map[string]Inbox, error) {
	defer m.mem.Lock(ctx)()
	changed := map[string]Inbox{}
	for _, readerID := range readerIDs {
		inbox, known := m.byReader[readerID]
		if !known {
			continue
		}
		var kept []Notification
		lost := 0
		for i, notification := range inbox.notifications {
			switch below := len(inbox.notifications) - i; {
			case below <= keep && (notification.Unread() || !notification.ReadAt.Before(readBefore)):
				kept = append(kept, notification)
			case notification.Unread():
				lost++
			}
		}
		inbox.notifications = kept
		if lost > 0 {
			inbox.Inbox = inbox.counted(-lost)
			changed[readerID] = inbox.Inbox
		}
		m.set(ctx, readerID, inbox)
	}
	return changed, nil
}

func (m *memoryInboxes) Owners(ctx context.Context, after string, limit int) ([]string, error) {
	defer m.mem.Lock(ctx)()
	var owners []string
	for _, id := range slices.Sorted(maps.Keys(m.byReader)) {
		if len(owners) < limit && id > after {
			owners = append(owners, id)
		}
	}
	return owners, nil
}

func (m *memoryInboxes) Remove(ctx context.Context, userIDs []string) error {
	defer m.mem.Lock(ctx)()
	for _, id := range userIDs {
		if before, ok := m.byReader[id]; ok {
			delete(m.byReader, id)
			m.mem.OnRollback(ctx, func() { m.byReader[id] = before })
		}
	}
	return nil
}

func (m *memoryInboxes) inbox(readerID string) memoryInbox {
	if inbox, ok := m.byReader[readerID]; ok {
		return inbox
	}
	return memoryInbox{Inbox: newInbox()}
}

func (m *memoryInboxes) set(ctx context.Context, readerID string, inbox memoryInbox) {
	before, existed := m.byReader[readerID]
	m.byReader[readerID] = inbox
	m.mem.OnRollback(ctx, func() {
		if existed {
			m.byReader[readerID] = before
		} else {
			delete(m.byReader, readerID)
		}
	})
}

func (i memoryInbox) has(sourceID string) bool {
	return slices.ContainsFunc(i.notifications, func(n Notification) bool { return n.SourceID == sourceID })
}
