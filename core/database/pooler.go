package database

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrTransactionPooling is the error of opening a database through a connection
// pooler that gives a session to each transaction, such as PgBouncer in
// transaction mode. Notifications, advisory locks and prepared statements need
// sessions of their own.
var ErrTransactionPooling = errors.New("the address is that of a connection pooler in transaction mode, such as PgBouncer, " +
	"which breaks notifications, advisory locks and prepared statements: set pool_mode = session there, or connect to Postgres directly, since this program has a pool of its own")

// poolerTimeout limits the check behind a pooler. One that has no second session to
// give makes a client wait.
const poolerTimeout = 5 * time.Second

// checkSessions fails with ErrTransactionPooling if connections are no sessions of
// the server. Without a pooler it is one query.
func (db *DB) checkSessions(ctx context.Context) error {
	conn, err := db.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	first := conn.Conn().PgConn()
	process, err := processOf(ctx, first, "")
	if err != nil || process == first.PID() {
		return err // a pooler has process numbers of its own
	}
	ctx, cancel := context.WithTimeout(ctx, poolerTimeout)
	defer cancel()
	another, err := pgx.ConnectConfig(ctx, db.pool.Config().ConnConfig.Copy())
	if err != nil {
		return fmt.Errorf("connect through the connection pooler a second time: %w", translate(err))
	}
	defer func() { _ = another.Close(context.WithoutCancel(ctx)) }()
	return swapSessions(ctx, first, another.PgConn())
}

// swapSessions runs overlapping transactions, so that a pooler that has sessions
// for transactions only gives out the one that the other connection had before.
func swapSessions(ctx context.Context, a, b *pgconn.PgConn) error {
	of := map[*pgconn.PgConn]uint32{}
	for round := range 6 {
		for _, conn := range []*pgconn.PgConn{a, b} {
			process, err := processOf(ctx, conn, "begin;")
			if err != nil {
				return fmt.Errorf("%w (%w)", ErrTransactionPooling, err)
			}
			if before, known := of[conn]; known && before != process {
				return ErrTransactionPooling
			}
			of[conn] = process
		}
		ending := []*pgconn.PgConn{a, b}
		if round%2 == 0 {
			ending = []*pgconn.PgConn{b, a}
		}
		for _, conn := range ending {
			if _, err := conn.Exec(ctx, "rollback").ReadAll(); err != nil {
				return fmt.Errorf("check the connection pooler: %w", translate(err))
			}
		}
	}
	return nil
}

// processOf returns the number of the server's process that serves the connection.
func processOf(ctx context.Context, conn *pgconn.PgConn, before string) (uint32, error) {
	results, err := conn.Exec(ctx, before+"select pg_backend_pid()").ReadAll()
	if err != nil {
		return 0, translate(err)
	}
	process, err := strconv.ParseUint(string(results[len(results)-1].Rows[0][0]), 10, 32)
	return uint32(process), err
}
