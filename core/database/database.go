// Package database stores data in Postgres. It provides a connection pool and
// transactions that travel in the context.
//
// # Reading and writing
//
// A store holds a *DB and calls Exec, Query and QueryRow on it. Each looks into
// the context first: inside a transaction it runs there, otherwise on a
// connection of the pool. So a store never knows whether it is part of
// something larger:
//
//	func (a *Articles) Rename(ctx context.Context, id, title string) error {
//		_, err := a.db.Exec(ctx, `update blog_articles set title = $2 where id = $1`, id, title)
//		return err
//	}
//
// Use Read for queries that nearly every request makes and that an index
// answers: under load such queries share round trips.
//
//	err := n.db.Read(ctx, `select unread from notifications_inboxes where user_id = $1`, id).Scan(&unread)
//
// # Transactions
//
// A use case that changes more than one thing calls InTx:
//
//	err := db.InTx(ctx, func(ctx context.Context) error {
//		if err := articles.Save(ctx, article); err != nil {
//			return err
//		}
//		return ArticlePublishedEvent.Publish(ctx, outbox, published)
//	})
//
// Guarantees:
//
//   - If the function returns nil, the transaction commits. An error or a panic
//     rolls it back; InTx returns the error unchanged, and the panic continues.
//   - InTx inside InTx joins: there is one transaction, and the outermost call
//     ends it. If an inner call failed, the outer one can no longer commit,
//     even if it swallows the error: it gets ErrRollbackOnly.
//   - A context that is canceled before the end rolls back. The commit itself
//     is not canceled by the context, so that a browser that disconnects at the
//     wrong moment leaves no doubt about what was stored.
//   - AfterCommit runs what may only happen after the commit, such as
//     broadcasts and signals to workers. It runs after the outermost commit, in
//     order, and never after a rollback.
//   - A transaction belongs to one goroutine at a time, because it is one
//     connection. Its context must not be used after InTx has returned.
//
// A statement that fails, with a unique violation for instance, aborts its
// transaction: Postgres rejects every further statement in it. Where a violation
// is an expected outcome, write `on conflict do nothing` and count the rows.
//
// # Errors
//
// When the database cannot do its work now, the error is a fault.Unavailable that
// wraps the cause: no connection, connection lost, none free in time, the
// caller's deadline passed, or an error of the server that the statement did not
// cause. Those are the SQLSTATE classes 08, 40, 53, 57 and 58 (deadlocks, out of
// connections, memory or disk, shutdowns, statement_timeout) and the timeouts
// and read-only errors of other classes. All other errors are those of pgx:
// pgx.ErrNoRows, *pgconn.PgError. IsUniqueViolation recognizes the most common
// one. If the answer to COMMIT is lost, the error is
// also ErrCommitUnknown: the change may be stored or not, and callers must check
// before they try again. Functions of AfterCommit don't run then, those of
// InDoubt do.
//
// # Failover
//
// Connections are only made to a server that accepts writes, unless the URL sets
// target_session_attrs. A write that fails because its server is read-only ends
// all connections of the pool, so that the next statement finds the new primary.
//
// # Migrations
//
// Migrate brings the schema up to date; any number of processes may call it
// concurrently. PendingMigrations counts the missing ones, for /readyz.
//
// The package embedded runs a Postgres server for development, and
// databasetest gives each test its own database.
package database

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	defaultMaxConns       = 10
	defaultAcquireTimeout = 5 * time.Second
	defaultConnectTimeout = 5 * time.Second
)

// DB is a pool of connections to one Postgres database. It is safe for use by
// many goroutines.
type DB struct {
	pool           *pgxpool.Pool
	acquireTimeout time.Duration
	tracer         pgx.QueryTracer // nil without tracing
	needsWrites    bool            // a read-only server does not do
	reads          readQueue
	clock          clock
}

// Option changes how Open makes the pool.
type Option func(*options)

type options struct {
	tracer         pgx.QueryTracer
	maxConns       int
	acquireTimeout time.Duration
	lazy           bool
	now            func() time.Time
}

// Lazily makes Open return without connecting: the first query connects.
func Lazily() Option {
	return func(o *options) { o.lazy = true }
}

// WithTracer reports every statement to the tracer. A tracer that also
// implements pgxpool's tracing is informed of waits for a connection too.
func WithTracer(tracer pgx.QueryTracer) Option {
	return func(o *options) { o.tracer = tracer }
}

// WithMaxConns bounds the connections of this pool. The default is
// pool_max_conns in the URL, and 10 without it. The server's max_connections
// is shared by all processes.
func WithMaxConns(n int) Option {
	return func(o *options) { o.maxConns = n }
}

// WithAcquireTimeout bounds the wait for a free connection; after it the call
// fails with fault.Unavailable. The default is 5 seconds.
func WithAcquireTimeout(d time.Duration) Option {
	return func(o *options) { o.acquireTimeout = d }
}

// Open creates a pool for the database at the address, a URL, and checks that it
// responds (see Lazily). It fails with fault.Unavailable if it does not, and with
// ErrTransactionPooling behind a pooler that shares sessions. No error
// contains the password.
func Open(ctx context.Context, address string, opts ...Option) (*DB, error) {
	chosen := options{acquireTimeout: defaultAcquireTimeout, now: time.Now}
	for _, opt := range opts {
		opt(&chosen)
	}
	config, err := poolConfig(address, chosen)
	if err != nil {
		return nil, err
	}
	db := &DB{
		acquireTimeout: defaultConnectTimeout,
		tracer:         chosen.tracer,
		needsWrites:    config.ConnConfig.ValidateConnect != nil,
		clock:          clock{own: chosen.now},
	}
	config.ConnConfig.OnPgError = db.keepConnection
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.pool = pool
	if !chosen.lazy {
		err := db.Ping(ctx)
		if err == nil {
			err = db.checkSessions(ctx)
		}
		if err == nil {
			err = db.measureClock(ctx)
		}
		if err != nil {
			pool.Close()
			return nil, fmt.Errorf("open database: %w", err)
		}
	}
	db.acquireTimeout = chosen.acquireTimeout
	return db, nil
}

func poolConfig(address string, chosen options) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("read the database URL: %w", err)
	}
	switch {
	case chosen.maxConns > 0:
		config.MaxConns = int32(chosen.maxConns)
	case !inURL(address, "pool_max_conns"):
		config.MaxConns = defaultMaxConns
	}
	if !inURL(address, "target_session_attrs") {
		config.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = defaultConnectTimeout
	}
	if chosen.tracer != nil {
		config.ConnConfig.Tracer = chosen.tracer
	}
	config.AfterConnect = readTimesInUTC
	return config, nil
}

// readTimesInUTC makes a time read from the database the same on every
// machine; pgx would return it in the machine's own time zone.
func readTimesInUTC(_ context.Context, conn *pgx.Conn) error {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name:  "timestamptz",
		OID:   pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}

// Close closes all connections. It waits for those in use, without a limit.
func (db *DB) Close() { db.pool.Close() }

// Ping checks that the server responds and accepts writes, on a connection of the
// pool. It fails with fault.Unavailable if it does not.
func (db *DB) Ping(ctx context.Context) error {
	conn, err := db.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	results, err := conn.Conn().PgConn().Exec(ctx, `show transaction_read_only`).ReadAll() // not traced: probes are frequent
	if err != nil {
		return translate(err)
	}
	if db.needsWrites && string(results[0].Rows[0][0]) == "on" {
		db.pool.Reset()
		return unavailable(errReadOnly)
	}
	return nil
}

// keepConnection decides after an error of the server whether the connection can
// be used again. After a failover one that reaches the former primary cannot, and
// neither can the others.
func (db *DB) keepConnection(_ *pgconn.PgConn, answer *pgconn.PgError) bool {
	if answer.Code == readOnly && db.pool != nil {
		db.pool.Reset()
	}
	return answer.Code != readOnly && !fatal(answer)
}

// Pool returns the pool itself, for code that uses pgx directly (a listener, a
// job queue, statistics). It ignores the transaction in the context.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

// acquire waits for a free connection, at most for acquireTimeout: a caller
// without a deadline would otherwise hang for as long as the pool is exhausted.
func (db *DB) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, db.acquireTimeout)
	defer cancel()
	conn, err := db.pool.Acquire(waiting)
	if err != nil {
		stat := db.pool.Stat()
		return nil, fmt.Errorf("get a database connection (%d of %d are in use): %w",
			stat.AcquiredConns(), stat.MaxConns(), translate(err))
	}
	return conn, nil
}

// inURL exists because pgx doesn't report whether a setting was explicit.
func inURL(address, setting string) bool {
	parsed, err := url.Parse(address)
	return err == nil && parsed.Query().Has(setting)
}
