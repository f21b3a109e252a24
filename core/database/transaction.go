package database

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
)

// transaction is the value stored in the context.
type transaction struct {
	db     *DB
	parent *transaction // of another database, if one is open already
	pgx    pgx.Tx

	mu    sync.Mutex
	state state
	doom  error    // the error of a joined call
	after []func() // AfterCommit, in order
	doubt []func() // InDoubt, in order
}

type state int

const (
	running state = iota
	committed
	rolledBack
)

type transactionKey struct{}

func withTransaction(ctx context.Context, tx *transaction) context.Context {
	return context.WithValue(ctx, transactionKey{}, tx)
}

// current returns the innermost transaction of the context, of any database.
func current(ctx context.Context) *transaction {
	tx, _ := ctx.Value(transactionKey{}).(*transaction)
	return tx
}

// transactionOf returns the transaction of db in the context. There may be one
// of another database outside or inside it.
func transactionOf(ctx context.Context, db *DB) *transaction {
	for tx := current(ctx); tx != nil; tx = tx.parent {
		if tx.db == db {
			return tx
		}
	}
	return nil
}

var errPanicked = errors.New("it panicked")

// run calls fn and ends the transaction by one of commit and rollback.
func (tx *transaction) run(ctx context.Context, fn func(context.Context) error, commit func() error, rollback func()) error {
	returned := false
	defer func() {
		if !returned { // a panic, or runtime.Goexit, continues through here
			tx.end(rolledBack)
			rollback()
		}
	}()
	err := fn(withTransaction(ctx, tx))
	if err == nil {
		err = tx.mayCommit(ctx)
	}
	returned = true
	if err != nil {
		tx.end(rolledBack)
		rollback()
		return err
	}
	if err := commit(); err != nil {
		tx.end(rolledBack)
		if errors.Is(err, ErrCommitUnknown) {
			tx.runInDoubt()
		}
		return err
	}
	tx.runAfterCommit(tx.end(committed))
	return nil
}

// join runs fn as part of the transaction, which can no longer be committed if
// fn fails.
func (tx *transaction) join(ctx context.Context, fn func(context.Context) error) error {
	if !tx.running() {
		return ErrTransactionEnded
	}
	failure := errPanicked
	defer func() { tx.doomBy(failure) }()
	failure = fn(ctx)
	return failure
}

func (tx *transaction) doomBy(failure error) {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.doom == nil {
		tx.doom = failure
	}
}

// mayCommit returns why a transaction whose function returned nil cannot be
// committed, if it cannot. A swallowed error is included as text only: whatever
// its fault kind, swallowing it is a bug.
func (tx *transaction) mayCommit(ctx context.Context) error {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.doom != nil {
		return fmt.Errorf("%w: a joined call failed and its error was not returned: %v", ErrRollbackOnly, tx.doom)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("not committed: %w", translate(err))
	}
	return nil
}

func (tx *transaction) running() bool {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	return tx.state == running
}

// end sets the final state and returns the functions of AfterCommit.
func (tx *transaction) end(state state) []func() {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	tx.state = state
	after := tx.after
	tx.after = nil
	return after
}

// runAfterCommit runs the functions, or passes them to the outer transaction:
// as long as that may roll back, nothing is final.
func (tx *transaction) runAfterCommit(after []func()) {
	for _, fn := range after {
		if tx.parent != nil {
			tx.parent.afterCommit(fn)
		} else {
			fn()
		}
	}
}

func (tx *transaction) afterCommit(fn func()) {
	tx.mu.Lock()
	state := tx.state
	if state == running {
		tx.after = append(tx.after, fn)
	}
	tx.mu.Unlock()
	if state == committed {
		tx.runAfterCommit([]func(){fn})
	}
}

func (tx *transaction) inDoubt(fn func()) {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.state == running {
		tx.doubt = append(tx.doubt, fn)
	}
}

func (tx *transaction) runInDoubt() {
	for _, fn := range tx.doubt {
		fn()
	}
}
