package database

import (
	"context"
	"fmt"
)

// Memory is the Transactor of an application that keeps everything in memory.
// There is one memory transaction at a time, and what it changed is undone
// when it rolls back.
//
// All memory repositories of an application share one Memory, and each keeps
// to two rules. Every method begins by taking the lock, which is a no-op
// inside a transaction, since that holds it already; and every change says how
// to undo it:
//
//	func (m *memoryArticles) Save(ctx context.Context, a Article) error {
//		defer m.mem.Lock(ctx)()
//		before, existed := m.byID[a.ID]
//		m.byID[a.ID] = a
//		m.mem.OnRollback(ctx, func() {
//			if existed {
//				m.byID[a.ID] = before
//			} else {
//				delete(m.byID, a.ID)
//			}
//		})
//		return nil
//	}
//
// The lock is not reentrant: a method that holds it calls no other that takes
// it, and inside a transaction only the transaction's context is used. With
// any other context such a call waits for itself for ever.
type Memory struct {
	held chan struct{} // holds one element while somebody has the lock
}

// NewMemory makes a Memory.
func NewMemory() *Memory {
	return &Memory{held: make(chan struct{}, 1)}
}

// InTx implements Transactor. It waits for the transaction before it to end;
// if the context ends first, it fails with the context's error.
func (m *Memory) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	if tx := transactionOf(ctx, m); tx != nil {
		return tx.join(ctx, fn)
	}
	if err := m.wait(ctx); err != nil {
		return fmt.Errorf("wait for the transaction before: %w", translate(err))
	}
	tx := &transaction{owner: m, parent: current(ctx)}
	return tx.run(ctx, fn,
		func() error { m.release(); return nil },
		func() { defer m.release(); tx.rewind() })
}

// Lock keeps all other callers of this Memory out until unlock is called.
// Inside a transaction of this Memory it does nothing, since that keeps them
// out already.
func (m *Memory) Lock(ctx context.Context) (unlock func()) {
	if tx := transactionOf(ctx, m); tx != nil && tx.running() {
		return func() {}
	}
	m.held <- struct{}{}
	return m.release
}

// OnRollback remembers how to undo a change that was just made. It is called
// under Lock. If the transaction rolls back, the functions run in reverse
// order, before anybody else sees the data. Outside a transaction a change is
// final, and undo is dropped.
func (m *Memory) OnRollback(ctx context.Context, undo func()) {
	if tx := transactionOf(ctx, m); tx != nil && tx.running() {
		tx.onRollback(undo)
	}
}

func (m *Memory) wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil { // select would choose at random
		return err
	}
	select {
	case m.held <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (m *Memory) release() { <-m.held }

func (tx *transaction) onRollback(undo func()) {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	tx.undo = append(tx.undo, undo)
}

func (tx *transaction) rewind() {
	for i := len(tx.undo) - 1; i >= 0; i-- {
		tx.undo[i]()
	}
}
