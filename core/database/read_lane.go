package database

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// readLanes are connections that reads go over at the same time. A second
	// one works while the first waits; more would make the round trips smaller.
	readLanes = 2

	// readsAtOnce share a round trip. It bounds what one that fails costs others.
	readsAtOnce = 32
)

// readQueue holds the reads that no lane has taken yet. A lane lives while
// there are some.
type readQueue struct {
	mu      sync.Mutex
	waiting []*Read
	lanes   int
}

func (q *readQueue) add(db *DB, reads ...*Read) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, reads...)
	if q.lanes < readLanes {
		q.lanes++
		go q.serve(db)
	}
}

// serve is a lane.
func (q *readQueue) serve(db *DB) {
	for batch := q.next(); len(batch) > 0; batch = q.next() {
		if again := db.readTogether(batch); len(again) > 0 {
			q.add(db, again...)
		}
	}
}

func (q *readQueue) next() []*Read {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.lanes--
		return nil
	}
	n := min(len(q.waiting), readsAtOnce)
	batch := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	return batch
}

// readTogether answers reads by one round trip, and returns those that need
// another one. The time it may take is nobody's own: a caller that has less
// leaves before.
func (db *DB) readTogether(batch []*Read) (again []*Read) {
	ctx, cancel := context.WithTimeout(context.Background(), db.acquireTimeout)
	defer cancel()
	conn, err := db.acquire(ctx)
	if err != nil {
		return answerAll(batch, err)
	}
	defer conn.Release()
	trip := roundTrip{conn: conn.Conn()}
	trip.send(ctx, batch)
	trip.receive(ctx)
	if trip.conn.IsClosed() {
		db.pool.Reset() // what has ended one connection may have ended all
	}
	return trip.again
}

func answerAll(batch []*Read, err error) (again []*Read) {
	for _, read := range batch {
		read.answer(err)
	}
	return nil
}

// roundTrip is what one connection sends and receives at once.
type roundTrip struct {
	conn     *pgx.Conn
	pipeline *pgconn.Pipeline
	sent     []*Read
	again    []*Read
}

// send sends what can be sent. They end with one Sync: the statements are one
// implicit transaction, so that the first that fails ends it for those behind.
func (t *roundTrip) send(ctx context.Context, batch []*Read) {
	statements := make([]*pgconn.StatementDescription, 0, len(batch))
	for _, read := range batch {
		statement, err := t.conn.Prepare(ctx, read.sql, read.sql) // known to the connection, but for the first time
		if err != nil {
			t.failed(read, err)
			continue
		}
		t.sent, statements = append(t.sent, read), append(statements, statement)
	}
	t.pipeline = t.conn.PgConn().StartPipeline(ctx)
	t.sent = slices.DeleteFunc(t.sent, func(read *Read) bool {
		statement := statements[0]
		statements = statements[1:]
		var query pgx.ExtendedQueryBuilder // of its own: the pipeline keeps what is in it
		if err := query.Build(t.conn.TypeMap(), statement, read.args); err != nil {
			read.answer(err)
			return true
		}
		t.pipeline.SendQueryStatement(statement, query.ParamValues, query.ParamFormats, query.ResultFormats)
		return false
	})
}

// receive reads the answers in the order of the questions.
func (t *roundTrip) receive(ctx context.Context) {
	err := t.pipeline.Sync()
	for i, read := range t.sent {
		if err == nil {
			err = t.receiveOne(read)
		} else {
			t.failed(read, err)
		}
		if answeredBy(err) {
			t.again = append(t.again, t.sent[i+1:]...) // the server has passed over them
			break
		}
	}
	_ = t.pipeline.Close() // a connection that is not clean now is not used again
	t.forgetStale(ctx, err)
}

// receiveOne answers one read. Its error says that those behind it get none.
func (t *roundTrip) receiveOne(read *Read) error {
	results, err := t.pipeline.GetResults()
	if err != nil {
		t.failed(read, err)
		return err
	}
	reader, ok := results.(*pgconn.ResultReader)
	if !ok {
		err = errors.New("the database answered something else than was asked")
		t.failed(read, err)
		return err
	}
	err = read.take(pgx.RowsFromResultReader(t.conn.TypeMap(), reader))
	if answeredBy(err) || t.conn.IsClosed() {
		t.failed(read, err)
		return err
	}
	read.answer(err)
	return nil
}

// failed asks again, once, where that may help: the connection has died, or
// what was prepared on it is not true any more since the schema has changed.
// Reading twice does no harm.
func (t *roundTrip) failed(read *Read, err error) {
	mends := stale(err) || t.conn.IsClosed() && !errors.Is(err, context.DeadlineExceeded)
	if read.retried || !mends || read.state.Load() == readTaken {
		read.answer(err)
		return
	}
	read.retried = true
	t.again = append(t.again, read)
}

// forgetStale makes the connection prepare its statements anew.
func (t *roundTrip) forgetStale(ctx context.Context, err error) {
	if stale(err) && !t.conn.IsClosed() {
		if t.conn.DeallocateAll(ctx) != nil {
			_ = t.conn.Close(ctx)
		}
	}
}

// answeredBy reports whether the server itself says the error.
func answeredBy(err error) bool {
	_, ok := errors.AsType[*pgconn.PgError](err)
	return ok
}

// stale reports whether a prepared statement does not fit the schema (0A000)
// or is not there (26000).
func stale(err error) bool {
	answer, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (answer.Code == "0A000" || answer.Code == "26000")
}
