package notifications

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"example.com/pergola/core/database"
)

// NewMemoryAnnouncements keeps announcements in memory, for development without
// a database and for tests. They are gone when the process ends.
func NewMemoryAnnouncements(mem *database.Memory) Announcements {
	return &memoryAnnouncements{mem: mem, byID: map[string]Announcement{}}
}

type memoryAnnouncements struct {
	mem  *database.Memory
	byID map[string]Announcement
}

func (m *memoryAnnouncements) Add(ctx context.Context, a Announcement) (Announcement, bool, error) {
	defer m.mem.Lock(ctx)()
	if stored, exists := m.byID[a.ID]; exists {
		return stored, false, nil
	}
	m.byID[a.ID] = a
	m.mem.OnRollback(ctx, func() { delete(m.byID, a.ID) })
	return a, true, nil
}

func (m *memoryAnnouncements) Latest(ctx context.Context, limit int) ([]Announcement, error) {
	defer m.mem.Lock(ctx)()
	latest := slices.SortedFunc(maps.Values(m.byID), func(a, b Announcement) int {
		return cmp.Or(b.SentAt.Compare(a.SentAt), cmp.Compare(b.ID, a.ID))
	})
	return latest[:min(limit, len(latest))], nil
}
