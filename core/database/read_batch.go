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
	// readWorkers is the number of connections used for reads at the same time.
	// While one waits the other works; with more, batches would be smaller.
	readWorkers = 2

	// readBatchSize is the maximum number of reads per round trip. It limits how
	// many others one failing read delays.
	readBatchSize = 32
)

// readQueue holds the reads that no worker has taken yet. Workers exit when it
// is empty.
type readQueue struct {
	mu      sync.Mutex
	waiting []*Read
	workers int
}

func (q *readQueue) add(db *DB, reads ...*Read) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, reads...)
	if q.workers < readWorkers {
		q.workers++
		go q.serve(db)
	}
}

// serve is a worker's loop.
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
		q.workers--
		return nil
	}
	n := min(len(q.waiting), readBatchSize)
	batch := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	return batch
}

// readTogether runs reads in one round trip, and returns those that need another
// one. Its timeout is independent of any caller: one with an earlier deadline
// stops waiting first.
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
		db.pool.Reset() // whatever closed this connection may have closed all of them
	}
	return trip.again
}

func answerAll(batch []*Read, err error) (again []*Read) {
	for _, read := range batch {
		read.answer(err)
	}
	return nil
}

// roundTrip is a batch of reads on one connection.
type roundTrip struct {
	conn     *pgx.Conn
	pipeline *pgconn.Pipeline
	sent     []*Read
	again    []*Read
}

// send sends the batch followed by one Sync: the statements are one implicit
// transaction, so the first failure aborts those after it.
func (t *roundTrip) send(ctx context.Context, batch []*Read) {
	statements := make([]*pgconn.StatementDescription, 0, len(batch))
	for _, read := range batch {
		statement, err := t.conn.Prepare(ctx, read.sql, read.sql) // cached by the connection after the first time
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
		var query pgx.ExtendedQueryBuilder // a new one each time: the pipeline keeps references into it
		if err := query.Build(t.conn.TypeMap(), statement, read.args); err != nil {
			read.answer(err)
			return true
		}
		t.pipeline.SendQueryStatement(statement, query.ParamValues, query.ParamFormats, query.ResultFormats)
		return false
	})
}

// receive reads the results in the order in which the reads were sent.
func (t *roundTrip) receive(ctx context.Context) {
	err := t.pipeline.Sync()
	for i, read := range t.sent {
		if err == nil {
			err = t.receiveOne(read)
		} else {
			t.failed(read, err)
		}
		if answeredBy(err) {
			t.again = append(t.again, t.sent[i+1:]...) // the server skipped them
			break
		}
	}
	_ = t.pipeline.Close() // closes the connection if it isn't in a clean state
	t.forgetStale(ctx, err)
}

// receiveOne completes one read. If it returns an error, the reads after it get no result.
func (t *roundTrip) receiveOne(read *Read) error {
	results, err := t.pipeline.GetResults()
	if err != nil {
		t.failed(read, err)
		return err
	}
	reader, ok := results.(*pgconn.ResultReader)
	if !ok {
		err = errors.New("the database sent an unexpected result")
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

// failed retries a read, once, where that can help: the connection was lost, or
// its prepared statement is out of date because the schema has changed.
// Repeating a read does no harm.
func (t *roundTrip) failed(read *Read, err error) {
	canRetry := stale(err) || t.conn.IsClosed() && !errors.Is(err, context.DeadlineExceeded)
	if read.retried || !canRetry || read.state.Load() == readTaken {
		read.answer(err)
		return
	}
	read.retried = true
	t.again = append(t.again, read)
}

// forgetStale makes the connection prepare its statements again.
func (t *roundTrip) forgetStale(ctx context.Context, err error) {
	if stale(err) && !t.conn.IsClosed() {
		if t.conn.DeallocateAll(ctx) != nil {
			_ = t.conn.Close(ctx)
		}
	}
}

// answeredBy reports whether the error comes from the server.
func answeredBy(err error) bool {
	_, ok := errors.AsType[*pgconn.PgError](err)
	return ok
}

// stale reports whether a prepared statement does not match the schema (0A000)
// or does not exist (26000).
func stale(err error) bool {
	answer, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (answer.Code == "0A000" || answer.Code == "26000")
}
