package database

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"example.com/pergola/core/fault"
)

// endTimeout bounds commit and rollback, which the caller's context does not
// cancel.
const endTimeout = 10 * time.Second

// InTx implements Transactor with a Postgres transaction of the server's
// default isolation (read committed).
func (db *DB) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	if tx := transactionOf(ctx, db); tx != nil {
		return tx.join(ctx, fn)
	}
	conn, err := db.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	begun, err := conn.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", translate(err))
	}
	tx := &transaction{owner: db, parent: current(ctx), postgres: begun}
	return tx.run(ctx, fn,
		func() error { return commit(ctx, begun) },
		func() { rollback(ctx, begun) })
}

func commit(ctx context.Context, tx pgx.Tx) error {
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	err := tx.Commit(ending)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrTxCommitRollback):
		return fmt.Errorf("%w: %w", ErrRollbackOnly, err)
	case outcomeUnknown(err):
		return fault.Unavailable.Wrap(fmt.Errorf("%w: %w", ErrCommitUnknown, err),
			"We could not tell whether this was saved. Please look before you try again.")
	default:
		return fmt.Errorf("commit transaction: %w", translate(err))
	}
}

// outcomeUnknown reports whether a COMMIT that failed in this way may have
// been carried out. It was not if it was never sent, or if the server lived to
// say no; a fatal error is not such an answer, since the server may have been
// stopped just after it had committed.
func outcomeUnknown(err error) bool {
	if pgconn.SafeToRetry(err) {
		return false
	}
	answer, answered := errors.AsType[*pgconn.PgError](err)
	return !answered || fatal(answer)
}

func fatal(answer *pgconn.PgError) bool {
	severity := answer.SeverityUnlocalized
	if severity == "" {
		severity = answer.Severity
	}
	return severity == "FATAL" || severity == "PANIC"
}

// rollback ends the transaction on the server. If that fails, pgx closes the
// connection, and the server rolls back by itself: nothing is left to report.
func rollback(ctx context.Context, tx pgx.Tx) {
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	_ = tx.Rollback(ending)
}
