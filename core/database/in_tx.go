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

// InTx runs fn in a transaction that travels in the context it passes to fn. It
// InTx returns unchanged, or panics, which continues. Inside another InTx of
// this database it joins that transaction. The isolation is the server's
// default, read committed.
//
// It fails with ErrRollbackOnly if a joined call failed and fn returned nil,
// with the context's error if that ended before the commit, with
// fault.Unavailable if the database does not answer, and with ErrCommitUnknown
// if the answer to the commit was lost.
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
	tx := &transaction{db: db, parent: current(ctx), pgx: begun}
	return tx.run(ctx, fn,
		func() error { return commit(ctx, begun) },
		func() { rollback(ctx, begun) })
}

// Tx returns the transaction of this database in the context, for libraries
// that use pgx themselves; nil if there is none. Only InTx ends it.
func (db *DB) Tx(ctx context.Context) pgx.Tx {
	tx := transactionOf(ctx, db)
	if tx == nil {
		return nil
	}
	return translatingTx{tx.pgx}
}

// translatingTx translates errors for libraries, as DB does for stores.
type translatingTx struct{ pgx.Tx }

func (t translatingTx) Begin(ctx context.Context) (pgx.Tx, error) {
	nested, err := t.Tx.Begin(ctx)
	return translatingTx{nested}, translate(err)
}

func (t translatingTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	tag, err := t.Tx.Exec(ctx, sql, args...)
	return tag, translate(err)
}

func (t translatingTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	got, err := t.Tx.Query(ctx, sql, args...)
	return &rows{Rows: got}, translate(err)
}

func (t translatingTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return &row{Row: t.Tx.QueryRow(ctx, sql, args...)}
}

func (t translatingTx) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	return &batchResults{results: t.Tx.SendBatch(ctx, batch)}
}

func (t translatingTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, source pgx.CopyFromSource) (int64, error) {
	n, err := t.Tx.CopyFrom(ctx, table, columns, source)
	return n, translate(err)
}

func commit(ctx context.Context, tx pgx.Tx) error {
	// Both are checked first, because afterwards pgx doesn't distinguish a commit
	// that was never sent from one whose response was lost.
	switch conn := tx.Conn().PgConn(); {
	case conn.IsClosed():
		return fmt.Errorf("commit transaction: %w", translate(pgconn.ErrConnClosed))
	case conn.IsBusy():
		rollback(ctx, tx)
		return fmt.Errorf("%w: the rows of a query in it are still open", ErrRollbackOnly)
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	err := tx.Commit(ending)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrTxCommitRollback):
		return fmt.Errorf("%w: a statement in it failed and its error was not returned: %w", ErrRollbackOnly, err)
	case rejected(err):
		return fmt.Errorf("commit transaction: %w", translate(err))
	default:
		return fault.Unavailable.Wrap(fmt.Errorf("%w: %w", ErrCommitUnknown, err),
			"We can't tell whether this was saved. Check before you try again.")
	}
}

// rejected reports whether the server responded with an error. A fatal error
// doesn't count: the server may have been stopped just after it committed.
func rejected(err error) bool {
	answer, answered := errors.AsType[*pgconn.PgError](err)
	return answered && !fatal(answer)
}

func fatal(answer *pgconn.PgError) bool {
	severity := answer.SeverityUnlocalized
	if severity == "" {
		severity = answer.Severity
	}
	return severity == "FATAL" || severity == "PANIC"
}

// rollback ends the transaction on the server. If that fails, pgx closes the
// connection, and the server rolls back by itself: there is nothing to report.
func rollback(ctx context.Context, tx pgx.Tx) {
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	_ = tx.Rollback(ending)
}
