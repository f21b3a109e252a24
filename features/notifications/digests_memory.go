package notifications

import (
	"context"
	"maps"
	"slices"

	"example.com/pergola/core/database"
)

// NewMemoryDigests keeps digests in memory, for development without a database
// and for tests. They are gone when the process ends.
func NewMemoryDigests(mem *database.Memory) Digests {
	return &memoryDigests{mem: mem, byReader: map[string]memoryDigest{}}
}

type memoryDigests struct {
	mem      *database.Memory
	byReader map[string]memoryDigest
}

type memoryDigest struct {
	wanted bool
	key    string
	week   Week // "" before the first
}

func (d memoryDigest) due(week Week) bool { return d.wanted && d.week < week }

func (m *memoryDigests) Want(ctx context.Context, readerID string, wanted bool) error {
	defer m.mem.Lock(ctx)()
	digest, known := m.byReader[readerID]
	if !known {
		digest.key = newKey()
	}
	digest.wanted = wanted
	m.set(ctx, readerID, digest)
	return nil
}

func (m *memoryDigests) Wanted(ctx context.Context, readerID string) (bool, error) {
	defer m.mem.Lock(ctx)()
	return m.byReader[readerID].wanted, nil
}

func (m *memoryDigests) Due(ctx context.Context, week Week, after string, limit int) ([]string, error) {
	defer m.mem.Lock(ctx)()
	var due []string
	for _, id := range slices.Sorted(maps.Keys(m.byReader)) {
		if len(due) < limit && id > after && m.byReader[id].due(week) {
			due = append(due, id)
		}
	}
	return due, nil
}

func (m *memoryDigests) Claim(ctx context.Context, readerID string, week Week) (string, bool, error) {
	defer m.mem.Lock(ctx)()
	digest := m.byReader[readerID]
	if !digest.due(week) {
		return "", false, nil
	}
	digest.week = week
	m.set(ctx, readerID, digest)
	return digest.key, true, nil
}

func (m *memoryDigests) Stop(ctx context.Context, key string) error {
	defer m.mem.Lock(ctx)()
	readerID, err := m.find(key)
	if err != nil {
		return err
	}
	digest := m.byReader[readerID]
	digest.wanted = false
	m.set(ctx, readerID, digest)
	return nil
}

func (m *memoryDigests) WantedBy(ctx context.Context, key string) (bool, error) {
	defer m.mem.Lock(ctx)()
	readerID, err := m.find(key)
	return m.byReader[readerID].wanted, err
}

func (m *memoryDigests) Remove(ctx context.Context, userIDs []string) error {
	defer m.mem.Lock(ctx)()
	for _, id := range userIDs {
		if before, ok := m.byReader[id]; ok {
			delete(m.byReader, id)
			m.mem.OnRollback(ctx, func() { m.byReader[id] = before })
		}
	}
	return nil
}

func (m *memoryDigests) find(key string) (readerID string, err error) {
	for id, digest := range m.byReader {
		if digest.key == key {
			return id, nil
		}
	}
	return "", errNoDigest()
}

func (m *memoryDigests) set(ctx context.Context, readerID string, digest memoryDigest) {
	before, existed := m.byReader[readerID]
	m.byReader[readerID] = digest
	m.mem.OnRollback(ctx, func() {
		if existed {
			m.byReader[readerID] = before
		} else {
			delete(m.byReader, readerID)
		}
	})
}
