package catalog

import (
	"context"

	"example.com/shop/core/database"
)

type memoryBooks struct {
	mem  *database.Memory
	byID map[string]Book
}

func NewMemoryBooks(mem *database.Memory) Books { return &memoryBooks{mem: mem} }

func (m *memoryBooks) Save(ctx context.Context, book Book) error {
	defer m.mem.Lock(ctx)()
	m.byID[book.ID] = book
	m.mem.OnRollback(ctx, func() { delete(m.byID, book.ID) })
	return nil
}

func (m *memoryBooks) Find(ctx context.Context, id string) (Book, error) {
	defer m.mem.Lock(ctx)()
	return m.byID[id], nil
}

// please update the books from time to time: prose is no statement
const advice = "update the books from time to time"
