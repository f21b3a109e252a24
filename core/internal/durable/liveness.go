package durable

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
)

// deadAfter is how long a session's lock must be free before its process counts
// as dead: after a restart of the server every process needs a moment to take
// its lock again.
const deadAfter = 3 * time.Second

// liveness shows that a session is alive: an advisory lock on a connection that
// ends with the process.
type liveness struct {
	id     string
	config *pgx.ConnConfig

	mu        sync.Mutex
	conn      *pgx.Conn            // nil when it was lost
	freeSince map[string]time.Time // when the locks of other sessions were first seen free
}

// livenessLock is the SQL of the lock number for a session's id.
const livenessLock = `hashtextextended('durable ' || $1, 0)`

func newLiveness(ctx context.Context, db *database.DB, id string) (*liveness, error) {
	l := &liveness{id: id, config: db.Pool().Config().ConnConfig, freeSince: map[string]time.Time{}}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.connect(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// connect takes the lock, unless it is still held. TCP keepalives let the server
// detect a machine that lost power without closing its connections.
func (l *liveness) connect(ctx context.Context) error {
	if l.conn != nil {
		if l.conn.Ping(ctx) == nil {
			return nil
		}
		closeConn(l.conn)
		l.conn = nil
	}
	conn, err := pgx.ConnectConfig(ctx, l.config.Copy())
	if err != nil {
		return fmt.Errorf("connect for the liveness lock: %w", err)
	}
	const settings = `set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3`
	if _, err = conn.Exec(ctx, settings); err == nil {
		_, err = conn.Exec(ctx, `select pg_advisory_lock(`+livenessLock+`)`, l.id)
	}
	if err != nil {
		closeConn(conn)
		return fmt.Errorf("take the liveness lock: %w", err)
	}
	l.conn = conn
	return nil
}

// dead returns the sessions whose lock has been free for deadAfter.
func (l *liveness) dead(ctx context.Context, sessions []string) ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.connect(ctx); err != nil {
		return nil, err
	}
	freeSince, dead := map[string]time.Time{}, []string{}
	for _, session := range sessions {
		if session == l.id {
			continue
		}
		free, err := l.isFree(ctx, session)
		if err != nil {
			return nil, err
		}
		if !free {
			continue
		}
		since, seen := l.freeSince[session]
		if !seen {
			since = time.Now()
		}
		freeSince[session] = since
		if time.Since(since) >= deadAfter {
			dead = append(dead, session)
		}
	}
	l.freeSince = freeSince
	return dead, nil
}

// isFree tries the lock, which is released at the end of the statement's transaction.
func (l *liveness) isFree(ctx context.Context, session string) (free bool, err error) {
	err = l.conn.QueryRow(ctx, `select pg_try_advisory_xact_lock(`+livenessLock+`)`, session).Scan(&free)
	if err != nil {
		closeConn(l.conn)
		l.conn = nil
		return false, fmt.Errorf("check a liveness lock: %w", err)
	}
	return free, nil
}

func (l *liveness) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		closeConn(l.conn)
		l.conn = nil
	}
}

func closeConn(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // the server releases the lock either way
}
