package auth

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
)

// NewMemoryStore keeps sessions in memory, for development without a database
// and for tests.
func NewMemoryStore(mem *database.Memory, users Users) Store {
	return &memoryStore{mem: mem, users: users, records: map[string]Record{}}
}

type memoryStore struct {
	mem     *database.Memory
	users   Users
	records map[string]Record // by id
}

func (s *memoryStore) Find(ctx context.Context, tokenHash []byte, now time.Time) (Record, User, error) {
	record, ok := s.byToken(ctx, tokenHash)
	if !ok || !record.ExpiresAt.After(now) {
		return Record{}, User{}, fault.NotFound
	}
	if record.UserID == "" {
		return record, User{}, nil
	}
	// Outside of the lock: the users lock the same memory.
	user, err := s.users.UserByID(ctx, record.UserID)
	if err != nil {
		return Record{}, User{}, fmt.Errorf("find user of session: %w", err)
	}
	return record, user, nil
}

func (s *memoryStore) byToken(ctx context.Context, tokenHash []byte) (Record, bool) {
	defer s.mem.Lock(ctx)()
	for _, record := range s.records {
		if bytes.Equal(record.TokenHash, tokenHash) {
			return record, true
		}
	}
	return Record{}, false
}

func (s *memoryStore) Insert(ctx context.Context, record Record) error {
	defer s.mem.Lock(ctx)()
	for _, other := range s.records {
		if other.ID == record.ID || bytes.Equal(other.TokenHash, record.TokenHash) {
			return fmt.Errorf("insert session: there is one with id %s or its token", other.ID)
		}
	}
	s.put(ctx, record)
	return nil
}

func (s *memoryStore) Update(ctx context.Context, record Record, foundWith []byte) error {
	defer s.mem.Lock(ctx)()
	stored, ok := s.records[record.ID]
	if !ok || !bytes.Equal(stored.TokenHash, foundWith) {
		return fault.NotFound
	}
	stored.TokenHash, stored.Data, stored.ExpiresAt = record.TokenHash, record.Data, record.ExpiresAt
	s.put(ctx, stored)
	return nil
}

func (s *memoryStore) Delete(ctx context.Context, id string) error {
	defer s.mem.Lock(ctx)()
	s.remove(ctx, id)
	return nil
}

func (s *memoryStore) ListByUser(ctx context.Context, userID string, now time.Time) ([]Session, error) {
	defer s.mem.Lock(ctx)()
	var sessions []Session
	for _, record := range s.records {
		if record.UserID == userID && record.ExpiresAt.After(now) {
			sessions = append(sessions, record.Session)
		}
	}
	slices.SortFunc(sessions, func(a, b Session) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	return sessions[:min(len(sessions), listLimit)], nil
}

func (s *memoryStore) End(ctx context.Context, userID, id string) error {
	defer s.mem.Lock(ctx)()
	if record, ok := s.records[id]; !ok || record.UserID != userID {
		return fault.NotFound
	}
	s.remove(ctx, id)
	return nil
}

func (s *memoryStore) EndAllOf(ctx context.Context, userID string) error {
	_, err := s.EndOthers(ctx, userID, "")
	return err
}

func (s *memoryStore) EndOthers(ctx context.Context, userID, keepID string) ([]string, error) {
	defer s.mem.Lock(ctx)()
	var ended []string
	for id, record := range s.records {
		if record.UserID == userID && id != keepID {
			s.remove(ctx, id)
			ended = append(ended, id)
		}
	}
	return ended, nil
}

func (s *memoryStore) DeleteExpired(ctx context.Context, now time.Time, limit int) (int, error) {
	defer s.mem.Lock(ctx)()
	deleted := 0
	for id, record := range s.records {
		if deleted < limit && !record.ExpiresAt.After(now) {
			s.remove(ctx, id)
			deleted++
		}
	}
	return deleted, nil
}

func (s *memoryStore) put(ctx context.Context, record Record) {
	before, existed := s.records[record.ID]
	s.records[record.ID] = record
	s.mem.OnRollback(ctx, func() {
		if existed {
			s.records[record.ID] = before
		} else {
			delete(s.records, record.ID)
		}
	})
}

func (s *memoryStore) remove(ctx context.Context, id string) {
	before, existed := s.records[id]
	if !existed {
		return
	}
	delete(s.records, id)
	s.mem.OnRollback(ctx, func() { s.records[id] = before })
}
