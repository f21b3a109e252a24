package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/internal/durable"
)

// A lane is the deliveries of one key to one handler that are not finished,
// in their order. Only the first may be worked on; the others are held back in
// River's table as `pending`. Two rules keep it right without a lock between
// publishers and workers:
//
// Places are drawn under the lock of the key, which ends with the transaction,
// so that nobody ever comes in before somebody who is in the lane already.
//
// Whoever has committed a change to a lane (a delivery came in, the first is
// finished) then looks who is first and releases that one. Of two changes at
// the same time, the look after the later commit sees both. If the process dies
// before it looks, the housekeeping does.

const finished = `('completed', 'discarded', 'cancelled')`

// insertInOrder stores the deliveries of a message that has a key.
func (p *Postgres) insertInOrder(ctx context.Context, message Message, handlers []Handler) error {
	ids, err := p.engine.Insert(ctx, deliveriesOf(message, handlers)...)
	if err != nil {
		return err
	}
	names := make([]string, len(handlers))
	for n, handler := range handlers {
		names[n] = handler.name
	}
	return p.queueUp(ctx, message, names, ids)
}

// queueUp puts deliveries at the ends of their lanes. It replaces rows rather
// than changing them: the housekeeping may be removing the old one right now.
func (p *Postgres) queueUp(ctx context.Context, message Message, handlers []string, jobs []int64) error {
	_, err := p.db.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('events ' || $1::text || ' ' || $2::text, 0))`, message.Event, message.Key)
	if err != nil {
		return fmt.Errorf("lock the key %q: %w", message.Key, err)
	}
	if _, err := p.db.Exec(ctx, `delete from events_lanes where job_id = any($1)`, jobs); err != nil {
		return fmt.Errorf("leave the lane: %w", err)
	}
	_, err = p.db.Exec(ctx, `insert into events_lanes (job_id, handler, key)
		select job, handler, $3 from unnest($1::bigint[], $2::text[]) as given (job, handler)`, jobs, handlers, message.Key)
	if err != nil {
		return fmt.Errorf("enter the lane: %w", err)
	}
	p.releaseAfterCommit(ctx, handlers, message.Key)
	return nil
}

func (p *Postgres) releaseAfterCommit(ctx context.Context, handlers []string, key string) {
	database.AfterCommit(ctx, func(ctx context.Context) { p.release(ctx, handlers, key, 0) })
}

// finishInOrder completes a delivery at once, rather than when River comes to
// it, and releases the next. The handler has succeeded, so nothing here can
// fail any more: what is not done now is done by River and the housekeeping.
func (p *Postgres) finishInOrder(ctx context.Context, piece durable.Piece) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := p.engine.Complete(ctx, piece); err != nil && !errors.Is(err, durable.ErrTakenOver) {
		p.options.Logger.WarnContext(ctx, "a delivery was handled and will be marked so later", "handler", piece.Kind, "error", err)
		return
	}
	p.release(ctx, []string{piece.Kind}, piece.Args.Key, piece.ID)
}

// settled is told of deliveries that are stored as failed. It leaves them in
// the lane: one may have been replayed meanwhile, and stand at its end again.
func (p *Postgres) settled(ctx context.Context, piece durable.Piece) {
	if piece.Args.Key != "" {
		p.release(ctx, []string{piece.Kind}, piece.Args.Key, 0)
	}
}

const patience = 5 * time.Second

// release lets the first of the lanes of a key go, after the one that is done.
func (p *Postgres) release(ctx context.Context, handlers []string, key string, done int64) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, err := p.db.Exec(ctx, releaseFirstOfKey, done, handlers, key); err != nil {
		p.options.Logger.WarnContext(ctx, "the next delivery of a key is late", "key", key, "error", err)
	}
}

// The statement takes the delivery $1 out, if it is done and was not taken over
// by another process that does it again, releases the first of
// each of some lanes if it is held back, and wakes who works on it.
const (
	releaseFirst = `with gone as (
			delete from events_lanes where job_id = $1
				and not exists (select from river_job where id = $1 and state not in ` + finished + `)
		), first as (
			select distinct on (lane.handler, lane.key) lane.job_id
			from events_lanes lane join river_job job on job.id = lane.job_id and job.state not in ` + finished
	andWake = ` order by lane.handler, lane.key, lane.place
		), released as (
			update river_job set state = 'available', scheduled_at = now()
			where state = 'pending' and id in (select job_id from first) returning queue
		)
		select pg_notify(current_schema() || '.river_insert', json_build_object('queue', queue)::text)
		from (select distinct queue from released) woken`

	releaseFirstOfKey  = releaseFirst + ` where lane.handler = any($2) and lane.key = $3` + andWake
	releaseFirstOfEach = releaseFirst + andWake
)

// housekeeping is when what was done last. Only the goroutine that tends the
// engine looks at it.
type housekeeping struct{ lanes, messages time.Time }

const (
	tendLanes    = 3 * time.Second
	tendMessages = time.Hour
)

// tend does what nobody was there to do, and removes what is over.
func (p *Postgres) tend(ctx context.Context) error {
	now := time.Now()
	if now.Sub(p.housekeeping.lanes) >= tendLanes {
		if err := p.tendLanes(ctx); err != nil {
			return err
		}
		p.housekeeping.lanes = now
	}
	if now.Sub(p.housekeeping.messages) >= tendMessages {
		_, err := p.db.Exec(ctx, `delete from events_messages where published_at < $1`, now.Add(-p.options.Keep))
		if err != nil {
			return fmt.Errorf("remove old events: %w", err)
		}
		p.housekeeping.messages = now
	}
	return nil
}

func (p *Postgres) tendLanes(ctx context.Context) error {
	_, err := p.db.Exec(ctx, `delete from events_lanes lane where not exists (
		select from river_job job where job.id = lane.job_id and job.state not in `+finished+`)`)
	if err != nil {
		return fmt.Errorf("clear the lanes: %w", err)
	}
	if _, err := p.db.Exec(ctx, releaseFirstOfEach, int64(0)); err != nil {
		return fmt.Errorf("release the first of each lane: %w", err)
	}
	return nil
}
