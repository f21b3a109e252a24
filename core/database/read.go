package database

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// Read is a short query that has not been sent yet; see DB.Read.
type Read struct {
	db   *DB
	ctx  context.Context
	sql  string
	args []any

	// read scans the rows. The variables it writes to belong to the caller until
	// a worker takes the read, and to the worker until done is closed.
	read func(pgx.Rows) error

	state   atomic.Int32
	retried bool // only its worker accesses it
	err     error
	done    chan struct{}
}

const (
	readWaiting int32 = iota
	readTaken         // a worker is calling read
	readLeft          // the caller has given up: read must not be called
)

// Read is for the queries that nearly every request makes: short ones that use
// an index and wait for no lock. Concurrent reads share a connection and a round
// trip, which costs more than such a query itself: under load this halves the
// work of the database and the application. When there is little load, a read is
// sent immediately.
//
// Nothing is sent until Scan or ForEach is called, once. Inside a transaction it
// is an ordinary query. Don't use it for statements that write, wait, or read a
// lot, because others would wait behind them: see Query.
func (db *DB) Read(ctx context.Context, sql string, args ...any) *Read {
	return &Read{db: db, ctx: ctx, sql: sql, args: args}
}

// Scan reads one row. It fails with pgx.ErrNoRows if there is none, like the
// Scan of QueryRow.
func (r *Read) Scan(dest ...any) error {
	if tx := transactionOf(r.ctx, r.db); tx != nil {
		return translate(tx.pgx.QueryRow(r.ctx, r.sql, r.args...).Scan(dest...))
	}
	return r.ask(func(rows pgx.Rows) error {
		if !rows.Next() {
			return cmp.Or(rows.Err(), pgx.ErrNoRows)
		}
		return rows.Scan(dest...)
	})
}

// ForEach reads all rows: for each row it scans into dest and calls each, like
// pgx.ForEachRow. It stops at the first error of each and returns it. each must
// be fast.
func (r *Read) ForEach(dest []any, each func() error) error {
	if tx := transactionOf(r.ctx, r.db); tx != nil {
		rows, err := tx.pgx.Query(r.ctx, r.sql, r.args...)
		if err != nil {
			return translate(err)
		}
		_, err = pgx.ForEachRow(rows, dest, each)
		return translate(err)
	}
	return r.ask(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, dest, each)
		return err
	})
}

// ask waits for the result, or for the end of the context.
func (r *Read) ask(read func(pgx.Rows) error) (err error) {
	if tracer := r.db.tracer; tracer != nil {
		ctx := tracer.TraceQueryStart(r.ctx, nil, pgx.TraceQueryStartData{SQL: r.sql, Args: r.args})
		defer func() { tracer.TraceQueryEnd(ctx, nil, pgx.TraceQueryEndData{Err: err}) }()
	}
	if err := r.ctx.Err(); err != nil {
		return translate(fmt.Errorf("read from the database: %w", err))
	}
	r.read, r.done = read, make(chan struct{})
	r.db.reads.add(r.db, r)
	select {
	case <-r.done:
		return translate(r.err)
	case <-r.ctx.Done():
	}
	if r.state.CompareAndSwap(readWaiting, readLeft) {
		return translate(fmt.Errorf("read from the database: %w", r.ctx.Err()))
	}
	<-r.done // a worker is reading right now
	return translate(r.err)
}

// take reads the rows, unless the caller has given up.
func (r *Read) take(rows pgx.Rows) (err error) {
	defer rows.Close()
	if !r.state.CompareAndSwap(readWaiting, readTaken) {
		rows.Close()
		return rows.Err()
	}
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("read from the database: panic: %v\n%s", cause, debug.Stack())
		}
	}()
	err = r.read(rows)
	rows.Close()
	if failed := rows.Err(); answeredBy(failed) {
		return failed // it may come after the rows that were wanted
	}
	return err
}

// answer delivers the result to the caller.
func (r *Read) answer(err error) {
	r.err = err
	close(r.done)
}
