package database

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
)

// Transactor runs a function in a transaction. *DB and *Memory are the two.
type Transactor interface {
	// InTx runs fn in a transaction that rides in the context it is given:
	// committed when fn returns nil, rolled back when it returns an error
	// (which InTx returns as it is) or panics (which goes on). Inside another
	// InTx it joins that transaction.
	//
	// It fails with ErrRollbackOnly if a joined call failed and fn returned
	// nil nevertheless, with the context's error if that ended before the
	// commit, with fault.Unavailable if the database does not answer, and with
	// ErrCommitUnknown if it did not answer to the commit.
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

var (
	_ Transactor = (*DB)(nil)
	_ Transactor = (*Memory)(nil)
)

// ErrRollbackOnly is the error of a transaction whose function returned nil
// but which cannot be committed: a call that had joined it or a statement in it
// failed and the failure was swallowed, or rows in it are still open. It is a
// mistake in the program. Everything is rolled back.
var ErrRollbackOnly = errors.New("the transaction cannot be committed")

// ErrCommitUnknown is the error of a transaction that was sent to be committed
// and of which no answer came back. It may be stored or not.
var ErrCommitUnknown = errors.New("the connection was lost while committing: the transaction may be stored or not")

// ErrTransactionEnded is the error of using the context of a transaction after
// InTx has returned, by a goroutine that outlived it for instance.
var ErrTransactionEnded = errors.New("the transaction of this context has ended")

// AfterCommit runs fn when the transaction of the context is committed: after
// the outermost commit, in the order of the calls, before InTx returns, and
// never if it rolls back or its outcome is unknown. Without a transaction it
// runs fn at once.
//
// The context that fn gets is the one given here without the transaction and
// without cancellation, since what was stored is to be told even if the
// visitor has gone. A panic in fn is logged and stops neither the others nor
// the caller: what is committed cannot fail any more.
func AfterCommit(ctx context.Context, fn func(ctx context.Context)) {
	tell := func() { runAfterCommit(ctx, fn) }
	if tx := current(ctx); tx != nil {
		tx.afterCommit(tell)
		return
	}
	tell()
}

// InDoubt runs fn if nobody knows whether the transaction of the context is
// stored (ErrCommitUnknown), when what AfterCommit keeps is not told. It is for
// what does no harm in vain and must not be missed, such as closing the sockets
// of a session that has perhaps ended. Without a transaction it does nothing.
func InDoubt(ctx context.Context, fn func(ctx context.Context)) {
	for tx := current(ctx); tx != nil; tx = tx.parent {
		tx.inDoubt(func() { runAfterCommit(ctx, fn) })
	}
}

// InTransaction reports whether the context carries a transaction that has not
// ended.
func InTransaction(ctx context.Context) bool {
	tx := current(ctx)
	return tx != nil && tx.running()
}

func runAfterCommit(ctx context.Context, fn func(ctx context.Context)) {
	free := withTransaction(context.WithoutCancel(ctx), nil)
	defer func() {
		if value := recover(); value != nil {
			slog.ErrorContext(free, "a function given to database.AfterCommit panicked",
				"panic", value, "stack", string(debug.Stack()))
		}
	}()
	fn(free)
}
