package durable

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
)

// suspicion is how long a lock must be free before its holder counts as dead:
// after the server was restarted, everybody needs a moment to take it again.
const suspicion = 3 * time.Second

// presence is the sign of life of one run: a lock on a connection that ends
// with the process.
type presence struct {
	id  string
	url *pgx.ConnConfig

	mu       sync.Mutex
	conn     *pgx.Conn            // nil when it was lost
	suspects map[string]time.Time // since when their lock is free
}

// lockOf is the SQL of the lock's number, of a run's id.
const lockOf = `hashtextextended('durable ' || $1, 0)`

func appear(ctx context.Context, db *database.DB, id string) (*presence, error) {
	p := &presence{id: id, url: db.Pool().Config().ConnConfig, suspects: map[string]time.Time{}}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.connect(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

// connect takes the lock, unless it still has it. The server is told to look
// after the connection itself, because a machine that loses its power does not
// close it.
func (p *presence) connect(ctx context.Context) error {
	if p.conn != nil {
		if p.conn.Ping(ctx) == nil {
			return nil
		}
		closeSoon(p.conn)
		p.conn = nil
	}
	conn, err := pgx.ConnectConfig(ctx, p.url.Copy())
	if err != nil {
		return fmt.Errorf("connect to show presence: %w", err)
	}
	const settings = `set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3`
	if _, err = conn.Exec(ctx, settings); err == nil {
		_, err = conn.Exec(ctx, `select pg_advisory_lock(`+lockOf+`)`, p.id)
	}
	if err != nil {
		closeSoon(conn)
		return fmt.Errorf("show presence: %w", err)
	}
	p.conn = conn
	return nil
}

// dead are those of the holders whose lock has been free for long enough.
func (p *presence) dead(ctx context.Context, holders []string) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.connect(ctx); err != nil {
		return nil, err
	}
	suspects, dead := map[string]time.Time{}, []string(nil)
	for _, holder := range holders {
		if holder == p.id {
			continue
		}
		free, err := p.isFree(ctx, holder)
		if err != nil {
			return nil, err
		}
		if !free {
			continue
		}
		since, known := p.suspects[holder]
		if !known {
			since = time.Now()
		}
		suspects[holder] = since
		if time.Since(since) >= suspicion {
			dead = append(dead, holder)
		}
	}
	p.suspects = suspects
	return dead, nil
}

// isFree asks for the lock and lets it go with the statement's transaction.
func (p *presence) isFree(ctx context.Context, holder string) (free bool, err error) {
	err = p.conn.QueryRow(ctx, `select pg_try_advisory_xact_lock(`+lockOf+`)`, holder).Scan(&free)
	if err != nil {
		closeSoon(p.conn)
		p.conn = nil
		return false, fmt.Errorf("look who is present: %w", err)
	}
	return free, nil
}

func (p *presence) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn != nil {
		closeSoon(p.conn)
		p.conn = nil
	}
}

func closeSoon(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // the server lets go of the lock either way
}
