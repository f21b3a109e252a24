package database

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
)

// ErrRollbackOnly is the error of a transaction whose function returned nil but
// which cannot be committed: a joined call or a statement in it failed and the
// error was swallowed, or rows in it are still open. It is a programming error.
// Everything is rolled back.
var ErrRollbackOnly = errors.New("the transaction cannot be committed")

// ErrCommitUnknown is the error of a transaction whose COMMIT was sent and got
// no response. It may be stored or not.
var ErrCommitUnknown = errors.New("the connection was lost while committing: the transaction may be stored or not")

// ErrTransactionEnded is the error of using the context of a transaction after
// InTx has returned, for instance from a goroutine that is still running.
var ErrTransactionEnded = errors.New("the transaction of this context has ended")

// AfterCommit runs fn when the transaction of the context has committed: after
// the outermost commit, in the order of the calls, before InTx returns. It
// never runs fn if the transaction rolls back or its outcome is unknown.
// Without a transaction it runs fn immediately.
//
// fn gets the given context without the transaction and without cancellation,
// since what was stored is announced even if the visitor has disconnected. A
// panic in fn is logged and affects neither the other functions nor the caller.
func AfterCommit(ctx context.Context, fn func(ctx context.Context)) {
	run := func() { runAfterCommit(ctx, fn) }
	if tx := current(ctx); tx != nil {
		tx.afterCommit(run)
		return
	}
	run()
}

// InDoubt runs fn if it is unknown whether the transaction of the context was
// stored (ErrCommitUnknown); functions of AfterCommit don't run then. Use it for
// effects that are harmless if the transaction was rolled back but must happen
// if it was stored, such as closing the sockets of a session that may have
// ended. Without a transaction it does nothing.
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
