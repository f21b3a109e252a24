package backplane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
)

const (
	channel = "realtime_backplane" // stored nowhere, but all processes must agree

	// largest is how much goes into one notification; Postgres allows 8,000
	// bytes less one. A message that is larger by itself is stored, and only its
	// id is sent.
	largest = 7500

	checkEvery = 30 * time.Second // whether the connection that listens is still one
	sendTries  = 5
)

// Postgres is the Backplane of processes that share a database: LISTEN and
// NOTIFY. What is sent while another message is on its way goes together. It
// keeps one connection beside the pool.
type Postgres struct {
	db     *database.DB
	logger *slog.Logger
	self   string
	queue  *queue
	counts counts

	mu      sync.Mutex
	started bool
	cancel  context.CancelFunc // of the listener
	ending  chan struct{}      // closed by Stop
	sent    chan struct{}      // closed when the sender has ended
	heard   chan struct{}      // closed when the listener has ended
}

var _ Backplane = (*Postgres)(nil)

// NewPostgres makes a backplane that is not started.
func NewPostgres(db *database.DB, logger *slog.Logger) *Postgres {
	p := &Postgres{db: db, logger: logger, self: uuid.NewString()}
	p.queue = newQueue(&p.counts, logger)
	return p
}

// Send queues a message.
func (p *Postgres) Send(message []byte) { p.queue.put(message) }

// Measures counts.
func (p *Postgres) Measures() Measures { return p.counts.measures(p.queue.size()) }

// Start begins to listen and to send. If the database is away it goes on
// trying.
func (p *Postgres) Start(ctx context.Context, listener Listener) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.started {
		return errors.New("started already")
	}
	p.started = true
	ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	p.ending, p.sent, p.heard = make(chan struct{}), make(chan struct{}), make(chan struct{})
	conn, err := p.listen(ctx)
	if err != nil {
		p.logger.WarnContext(ctx, "other processes are not heard yet", "error", err)
	}
	go func() {
		defer close(p.heard)
		p.listenOn(ctx, conn, listener)
	}()
	go func() {
		defer close(p.sent)
		p.queue.sendOn(p.ending, p.sendBatch)
	}()
	return nil
}

// Stop sends what waits, and ends.
func (p *Postgres) Stop(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.started {
		return nil
	}
	p.started = false
	close(p.ending)
	defer func() {
		p.cancel()
		<-p.heard
	}()
	select {
	case <-p.sent:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%d messages to other processes are not sent: %w", p.queue.size(), ctx.Err())
	}
}

// parcel is the payload of one notification.
type parcel struct {
	From     string            `json:"from"`
	Number   int               `json:"number"` // in its batch: Postgres leaves out equal payloads of one transaction
	At       int64             `json:"at"`     // when it was sent, by the clock of the sender, in ns since 1970
	Messages []json.RawMessage `json:"messages,omitempty"`
	Stored   string            `json:"stored,omitempty"` // the id of a message that is too large
	Lost     bool              `json:"lost,omitempty"`   // something that should have come before
}

func (p *Postgres) sendBatch(b batch) bool {
	var err error
	for try := range sendTries {
		if try > 0 {
			time.Sleep(firstPause << try)
		}
		ctx, cancel := context.WithTimeout(context.Background(), lastPause)
		err = p.notify(ctx, b)
		cancel()
		if err == nil {
			p.counts.sent.Add(int64(len(b.messages)))
			return true
		}
		if errors.Is(err, database.ErrCommitUnknown) && len(b.messages) > 0 {
			break // rather lost than said twice
		}
	}
	if len(b.messages) > 0 { // else it is only not known yet elsewhere that some were
		p.logger.Warn("messages to other processes are lost", "messages", len(b.messages), "error", err)
	}
	return false
}

func (p *Postgres) notify(ctx context.Context, b batch) error {
	parcels, stored := p.pack(b)
	return p.db.InTx(ctx, func(ctx context.Context) error {
		for id, message := range stored {
			_, err := p.db.Exec(ctx, `with old as (delete from realtime_parcels where sent_at < now() - interval '1 minute')
				insert into realtime_parcels (id, message) values ($1, $2)`, id, message)
			if err != nil {
				return fmt.Errorf("store a large message: %w", err)
			}
		}
		_, err := p.db.Exec(ctx, `select pg_notify($1, payload) from unnest($2::text[]) with ordinality as parcels (payload, number) order by number`, channel, parcels)
		return err
	})
}

// pack puts messages into as few notifications as they fit.
func (p *Postgres) pack(b batch) (payloads []string, stored map[string][]byte) {
	now := time.Now().UnixNano()
	next, size := parcel{From: p.self, At: now, Lost: b.lost}, 0
	seal := func() {
		raw, err := json.Marshal(next)
		if err == nil { // it holds nothing but JSON
			payloads = append(payloads, string(raw))
		}
		next, size = parcel{From: p.self, Number: next.Number + 1, At: now}, 0
	}
	stored = map[string][]byte{}
	for _, message := range b.messages {
		if size > 0 && size+len(message) > largest {
			seal()
		}
		if len(message) > largest {
			next.Stored = uuid.NewString()
			stored[next.Stored] = message
			seal()
			continue
		}
		next.Messages = append(next.Messages, message)
		size += len(message) + 1
	}
	if size > 0 || next.Lost {
		seal()
	}
	return payloads, stored
}

// listen opens the connection that hears.
func (p *Postgres) listen(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*lastPause)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, p.db.Pool().Config().ConnConfig.Copy())
	if err != nil {
		return nil, fmt.Errorf("connect to listen: %w", err)
	}
	if _, err := conn.Exec(ctx, `listen `+channel); err != nil {
		hangUp(conn)
		return nil, fmt.Errorf("listen: %w", err)
	}
	p.counts.up.Store(true)
	return conn, nil
}

// listenOn hears until ctx ends, over as many connections as it takes.
func (p *Postgres) listenOn(ctx context.Context, conn *pgx.Conn, listener Listener) {
	for pause := firstPause; ctx.Err() == nil; {
		if conn == nil {
			var err error
			if conn, err = p.listen(ctx); err != nil {
				select {
				case <-time.After(pause):
				case <-ctx.Done():
				}
				pause = min(2*pause, lastPause)
				continue
			}
			pause = firstPause
			p.logger.InfoContext(ctx, "other processes are heard again")
			listener.Missed()
		}
		err := p.hearFrom(ctx, conn, listener)
		hangUp(conn)
		conn = nil
		p.counts.up.Store(false)
		if ctx.Err() == nil {
			p.logger.WarnContext(ctx, "the connection to other processes is lost", "error", err)
		}
	}
}

// hearFrom returns when the connection is lost or ctx ends.
func (p *Postgres) hearFrom(ctx context.Context, conn *pgx.Conn, listener Listener) error {
	for {
		waiting, cancel := context.WithTimeout(ctx, checkEvery)
		notification, err := conn.WaitForNotification(waiting)
		cancel()
		switch {
		case err == nil:
			p.open(ctx, notification.Payload, listener)
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, context.DeadlineExceeded) && !conn.IsClosed():
			if err := ping(ctx, conn); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

func (p *Postgres) open(ctx context.Context, payload string, listener Listener) {
	var received parcel
	if err := json.Unmarshal([]byte(payload), &received); err != nil {
		p.logger.WarnContext(ctx, "a notification is not understood", "error", err)
		return
	}
	if received.From == p.self {
		p.counts.lag.Since(time.Unix(0, received.At))
		return
	}
	if received.Lost {
		listener.Missed()
	}
	for _, message := range received.Messages {
		p.counts.heard.Add(1)
		listener.Hear(message)
	}
	if received.Stored == "" {
		return
	}
	var message []byte
	if err := p.db.QueryRow(ctx, `select message from realtime_parcels where id = $1`, received.Stored).Scan(&message); err != nil {
		p.logger.WarnContext(ctx, "a large message of another process is lost", "error", err)
		listener.Missed()
		return
	}
	p.counts.heard.Add(1)
	listener.Hear(message)
}

func ping(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, lastPause)
	defer cancel()
	return conn.Ping(ctx)
}

func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}
