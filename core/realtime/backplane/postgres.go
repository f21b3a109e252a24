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
	channel = "realtime_backplane" // not stored, but all processes must use the same

	// maxPayload is the maximum size of one notification's messages in bytes;
	// Postgres allows 7,999 bytes. A larger message is stored, and only its id is
	// sent.
	maxPayload = 7500

	checkEvery = 30 * time.Second // for a ping on the listening connection
	sendTries  = 5
)

// Postgres is a Backplane that uses LISTEN and NOTIFY of the database that the
// processes share. Messages that are queued during a transaction are sent together
// in the next. It uses one connection in addition to the pool.
type Postgres struct {
	db     *database.DB
	logger *slog.Logger
	self   string
	queue  *queue
	counts counts

	mu       sync.Mutex
	started  bool
	cancel   context.CancelFunc // of the listener
	ending   chan struct{}      // closed by Stop
	sent     chan struct{}      // closed when the sender has ended
	listened chan struct{}      // closed when the listener has ended
}

var _ Backplane = (*Postgres)(nil)

// NewPostgres creates a backplane. Start starts it.
func NewPostgres(db *database.DB, logger *slog.Logger) *Postgres {
	p := &Postgres{db: db, logger: logger, self: uuid.NewString()}
	p.queue = newQueue(&p.counts, logger)
	return p
}

// Send queues a message.
func (p *Postgres) Send(message []byte) { p.queue.put(message) }

// Metrics returns the backplane's metrics.
func (p *Postgres) Metrics() Metrics { return p.counts.metrics(p.queue.size()) }

// Start starts listening and sending. If the database is not available, it keeps
// trying.
func (p *Postgres) Start(ctx context.Context, listener Listener) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.started {
		return errors.New("started already")
	}
	p.started = true
	ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	p.ending, p.sent, p.listened = make(chan struct{}), make(chan struct{}), make(chan struct{})
	conn, err := p.listen(ctx)
	if err != nil {
		p.logger.WarnContext(ctx, "cannot receive from other processes yet", "error", err)
	}
	go func() {
		defer close(p.listened)
		p.listenOn(ctx, conn, listener)
	}()
	go p.queue.watchEcho(ctx)
	go func() {
		defer close(p.sent)
		p.queue.sendOn(p.ending, p.sendBatch)
	}()
	return nil
}

// Stop sends the queued messages, and ends.
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
		<-p.listened
	}()
	select {
	case <-p.sent:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%d messages to other processes were not sent: %w", p.queue.size(), ctx.Err())
	}
}

// parcel is the payload of one notification.
type parcel struct {
	From     string            `json:"from"`
	Number   int               `json:"number"` // within the batch: Postgres drops duplicate payloads in a transaction
	At       int64             `json:"at"`     // when it was sent, by the sender's clock, in ns since 1970
	Messages []json.RawMessage `json:"messages,omitempty"`
	Stored   string            `json:"stored,omitempty"` // the id of a stored message
	Lost     bool              `json:"lost,omitempty"`   // earlier messages were lost
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
			break // losing messages is better than sending them twice
		}
	}
	if len(b.messages) > 0 { // otherwise only the report of a loss failed
		p.logger.Warn("messages to other processes were lost", "messages", len(b.messages), "error", err)
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

// pack puts the messages into as few notifications as possible.
func (p *Postgres) pack(b batch) (payloads []string, stored map[string][]byte) {
	now := time.Now().UnixNano()
	next, size := parcel{From: p.self, At: now, Lost: b.lost}, 0
	finish := func() {
		raw, err := json.Marshal(next)
		if err == nil { // the messages are valid JSON
			payloads = append(payloads, string(raw))
		}
		next, size = parcel{From: p.self, Number: next.Number + 1, At: now}, 0
	}
	stored = map[string][]byte{}
	for _, message := range b.messages {
		if size > 0 && size+len(message) > maxPayload {
			finish()
		}
		if len(message) > maxPayload {
			next.Stored = uuid.NewString()
			stored[next.Stored] = message
			finish()
			continue
		}
		next.Messages = append(next.Messages, message)
		size += len(message) + 1
	}
	if size > 0 || next.Lost || b.probe && len(payloads) == 0 {
		finish()
	}
	return payloads, stored
}

// listen opens the listening connection.
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
	p.counts.connected()
	return conn, nil
}

// listenOn receives until ctx ends, and reconnects as often as necessary.
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
			p.logger.InfoContext(ctx, "receiving from other processes again")
			listener.Missed()
		}
		err := p.receiveFrom(ctx, conn, listener)
		hangUp(conn)
		conn = nil
		p.counts.up.Store(false)
		if ctx.Err() == nil {
			p.logger.WarnContext(ctx, "lost the connection to other processes", "error", err)
		}
	}
}

// receiveFrom returns when the connection is lost or ctx ends.
func (p *Postgres) receiveFrom(ctx context.Context, conn *pgx.Conn, listener Listener) error {
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
		p.logger.WarnContext(ctx, "cannot decode a notification", "error", err)
		return
	}
	if received.From == p.self {
		if p.counts.echo(received.At) {
			p.logger.InfoContext(ctx, "receiving from other processes again")
			listener.Missed()
		}
		return
	}
	if received.Lost {
		listener.Missed()
	}
	for _, message := range received.Messages {
		p.counts.received.Add(1)
		listener.Receive(message)
	}
	if received.Stored == "" {
		return
	}
	var message []byte
	if err := p.db.QueryRow(ctx, `select message from realtime_parcels where id = $1`, received.Stored).Scan(&message); err != nil {
		p.logger.WarnContext(ctx, "lost a large message from another process", "error", err)
		listener.Missed()
		return
	}
	p.counts.received.Add(1)
	listener.Receive(message)
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
