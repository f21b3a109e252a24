package database

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Exec runs a statement that returns no rows, in the transaction of the
// context if there is one.
func (db *DB) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if tx := transactionOf(ctx, db); tx != nil {
		tag, err := tx.pgx.Exec(ctx, sql, args...)
		return tag, translate(err)
	}
	conn, err := db.acquire(ctx)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	defer conn.Release()
	tag, err := conn.Exec(ctx, sql, args...)
	return tag, translate(err)
}

// Query runs a statement that returns rows, in the transaction of the context
// if there is one. The rows hold a connection until they are read to the end
// or closed; pgx.CollectRows and pgx.ForEachRow do that.
func (db *DB) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if tx := transactionOf(ctx, db); tx != nil {
		got, err := tx.pgx.Query(ctx, sql, args...)
		return &rows{Rows: got}, translate(err)
	}
	conn, err := db.acquire(ctx)
	if err != nil {
		return failedRows{err: err}, err
	}
	got, err := conn.Query(ctx, sql, args...)
	if err != nil {
		conn.Release()
		conn = nil
	}
	return &rows{Rows: got, conn: conn}, translate(err)
}

// QueryRow runs a statement that returns one row, in the transaction of the
// context if there is one. Errors are returned by Scan, which must be called;
// pgx.ErrNoRows means that there is no row.
func (db *DB) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if tx := transactionOf(ctx, db); tx != nil {
		return &row{Row: tx.pgx.QueryRow(ctx, sql, args...)}
	}
	conn, err := db.acquire(ctx)
	if err != nil {
		return &row{Row: failedRows{err: err}}
	}
	return &row{Row: conn.QueryRow(ctx, sql, args...), conn: conn}
}

// SendBatch sends several statements in one round trip, in the transaction of
// the context if there is one. The results must be closed. Use InTx for a
// transaction: one begun by the batch itself (pgx.Batch.BeginTx) is rolled back.
func (db *DB) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	if tx := transactionOf(ctx, db); tx != nil {
		return &batchResults{results: tx.pgx.SendBatch(ctx, batch)}
	}
	conn, err := db.acquire(ctx)
	if err != nil {
		return failedBatch{err: err}
	}
	return &batchResults{results: conn.SendBatch(ctx, batch), conn: conn}
}

// CopyFrom writes many rows at once by COPY, in the transaction of the context
// if there is one, and returns how many it wrote.
func (db *DB) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, source pgx.CopyFromSource) (int64, error) {
	if tx := transactionOf(ctx, db); tx != nil {
		n, err := tx.pgx.CopyFrom(ctx, table, columns, source)
		return n, translate(err)
	}
	conn, err := db.acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Release()
	n, err := conn.CopyFrom(ctx, table, columns, source)
	return n, translate(err)
}

// rows releases its connection when it is done, and translates errors.
type rows struct {
	pgx.Rows
	conn *pgxpool.Conn // nil inside a transaction
}

func (r *rows) Close() {
	r.Rows.Close()
	if r.conn != nil {
		r.conn.Release()
		r.conn = nil
	}
}

func (r *rows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

func (r *rows) Scan(dest ...any) error {
	err := r.Rows.Scan(dest...)
	if err != nil {
		r.Close()
	}
	return translate(err)
}

func (r *rows) Values() ([]any, error) {
	values, err := r.Rows.Values()
	if err != nil {
		r.Close()
	}
	return values, translate(err)
}

func (r *rows) Err() error { return translate(r.Rows.Err()) }

// row releases its connection when it is scanned, and translates errors.
type row struct {
	pgx.Row
	conn *pgxpool.Conn // nil inside a transaction
}

func (r *row) Scan(dest ...any) error {
	if r.conn != nil {
		defer r.conn.Release()
	}
	return translate(r.Row.Scan(dest...))
}

// batchResults releases its connection when it is closed, and translates
// errors.
type batchResults struct {
	results pgx.BatchResults
	conn    *pgxpool.Conn // nil inside a transaction
}

func (b *batchResults) Exec() (pgconn.CommandTag, error) {
	tag, err := b.results.Exec()
	return tag, translate(err)
}

func (b *batchResults) Query() (pgx.Rows, error) {
	got, err := b.results.Query()
	return &rows{Rows: got}, translate(err)
}

func (b *batchResults) QueryRow() pgx.Row { return &row{Row: b.results.QueryRow()} }

func (b *batchResults) Close() error {
	err := b.results.Close()
	if b.conn != nil {
		b.conn.Release()
		b.conn = nil
	}
	return translate(err)
}

// Tx is nil: see SendBatch.
func (b *batchResults) Tx() pgx.Tx { return nil }

// failedRows is the result of a query that got no connection.
type failedRows struct{ err error }

func (failedRows) Close()                                       {}
func (f failedRows) Err() error                                 { return f.err }
func (failedRows) CommandTag() pgconn.CommandTag                { return pgconn.CommandTag{} }
func (failedRows) FieldDescriptions() []pgconn.FieldDescription { return nil }
func (failedRows) Next() bool                                   { return false }
func (f failedRows) Scan(...any) error                          { return f.err }
func (f failedRows) Values() ([]any, error)                     { return nil, f.err }
func (failedRows) RawValues() [][]byte                          { return nil }
func (failedRows) Conn() *pgx.Conn                              { return nil }
func (failedRows) TypeMap() *pgtype.Map                         { return pgtype.NewMap() }

// failedBatch is the result of a batch that got no connection.
type failedBatch struct{ err error }

func (f failedBatch) Exec() (pgconn.CommandTag, error) { return pgconn.CommandTag{}, f.err }
func (f failedBatch) Query() (pgx.Rows, error)         { return failedRows(f), f.err }
func (f failedBatch) QueryRow() pgx.Row                { return failedRows(f) }
func (f failedBatch) Close() error                     { return f.err }
func (failedBatch) Tx() pgx.Tx                         { return nil }
