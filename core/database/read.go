package database

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// Read is a short query that has not been asked yet; see DB.Read.
type Read struct {
	db   *DB
	ctx  context.Context
	sql  string
	args []any

	// read takes the answer. What it writes to belongs to the caller until a
	// lane takes the read, and to the lane until done is closed.
	read func(pgx.Rows) error

	state   atomic.Int32
	retried bool // only its lane looks at it
	err     error
	done    chan struct{}
}

const (
	readWaiting int32 = iota
	readTaken         // a lane calls read
	readLeft          // the caller has gone: nobody may call read any more
)

// Read is for the queries that nearly every request asks: short ones, which
// find their rows by an index and wait for no lock. Reads that come at the same
// time share a connection and a round trip, which costs more than such a query
// itself: under load the database and the application do half the work. When
// there is little to do a read goes at once.
//
// Nothing is sent before Scan or ForEach is called on it, once. Inside a
// transaction it is a query as any other. Statements that write, wait, or read
// much do not belong here, because others wait behind them: see Query.
func (db *DB) Read(ctx context.Context, sql string, args ...any) *Read {
	return &Read{db: db, ctx: ctx, sql: sql, args: args}
}

// Scan asks for one row. It fails with pgx.ErrNoRows if there is none, as the
// Scan of QueryRow does.
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

// ForEach asks for all rows, scans each into dest and calls each, as
// pgx.ForEachRow does. The first error of each ends it and is returned. What
// each does must be quick.
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

// ask waits for the answer, or for the end of the context.
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
	<-r.done // a lane is reading at this moment
	return translate(r.err)
}

// take reads the rows of the answer, if somebody still waits for them.
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
		return failed // it may stand behind the rows that were wanted
	}
	return err
}

// answer ends the wait.
func (r *Read) answer(err error) {
	r.err = err
	close(r.done)
}
