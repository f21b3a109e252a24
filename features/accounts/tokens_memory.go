package accounts

import (
	"context"
	"time"

	"example.com/pergola/core/database"
)

// NewMemoryTokens keeps tokens in memory, for development without a database
// and for tests.
func NewMemoryTokens(mem *database.Memory) Tokens {
	return &memoryTokens{mem: mem, byHash: map[string]Token{}}
}

type memoryTokens struct {
	mem    *database.Memory
	byHash map[string]Token
}

func (m *memoryTokens) Add(ctx context.Context, token Token, now time.Time) error {
	defer m.mem.Lock(ctx)()
	m.removeIf(ctx, func(t Token) bool { return !now.Before(t.ExpiresAt) })
	hash := string(token.Hash)
	m.byHash[hash] = token
	m.mem.OnRollback(ctx, func() { delete(m.byHash, hash) })
	return nil
}

func (m *memoryTokens) Find(ctx context.Context, hash []byte) (Token, error) {
	defer m.mem.Lock(ctx)()
	token, ok := m.byHash[string(hash)]
	if !ok {
		return Token{}, errDeadLink
	}
	return token, nil
}

func (m *memoryTokens) Take(ctx context.Context, hash []byte) (Token, error) {
	defer m.mem.Lock(ctx)()
	token, ok := m.byHash[string(hash)]
	if !ok {
		return Token{}, errDeadLink
	}
	m.remove(ctx, token)
	return token, nil
}

func (m *memoryTokens) RemoveOf(ctx context.Context, userID string, purpose Purpose) error {
	defer m.mem.Lock(ctx)()
	m.removeIf(ctx, func(t Token) bool { return t.UserID == userID && t.Purpose == purpose })
	return nil
}

func (m *memoryTokens) removeIf(ctx context.Context, gone func(Token) bool) {
	for _, token := range m.byHash {
		if gone(token) {
			m.remove(ctx, token)
		}
	}
}

func (m *memoryTokens) remove(ctx context.Context, token Token) {
	hash := string(token.Hash)
	delete(m.byHash, hash)
	m.mem.OnRollback(ctx, func() { m.byHash[hash] = token })
}
