package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/internal/durable"
)

// The table events_ordering holds the unfinished deliveries that have a key. For
// each handler and key they have increasing positions, and only the first may
// run; the others are held back in River's table as `pending`. Two rules keep
// this correct without a lock between publishers and workers:
//
// Positions are assigned under the lock of the key, which is held until the
// transaction ends, so nothing is ever inserted before an existing delivery.
//
// After committing a change (a delivery was inserted, the first one finished), a
// process releases the first delivery. Of two concurrent changes, the release
// after the later commit sees both. If the process dies before it releases, the
// maintenance does it.

const finished = `('completed', 'discarded', 'cancelled')`

// insertOrdered stores the deliveries of a message that has a key.
func (d *Dispatcher) insertOrdered(ctx context.Context, message Message, handlers []Handler) error {
	ids, err := d.engine.Insert(ctx, deliveryTasks(message, handlers)...)
	if err != nil {
		return err
	}
	names := make([]string, len(handlers))
	for n, handler := range handlers {
		names[n] = handler.name
	}
	return d.append(ctx, message, names, ids)
}

// append gives deliveries the last positions of their key. It replaces rows
// rather than updating them: the maintenance may be removing the old ones.
func (d *Dispatcher) append(ctx context.Context, message Message, handlers []string, jobs []int64) error {
	_, err := d.db.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('events ' || $1::text || ' ' || $2::text, 0))`, message.Event, message.Key)
	if err != nil {
		return fmt.Errorf("lock the key %q: %w", message.Key, err)
	}
	if _, err := d.db.Exec(ctx, `delete from events_ordering where job_id = any($1)`, jobs); err != nil {
		return fmt.Errorf("remove old positions: %w", err)
	}
	_, err = d.db.Exec(ctx, `insert into events_ordering (job_id, handler, key)
		select job, handler, $3 from unnest($1::bigint[], $2::text[]) as given (job, handler)`, jobs, handlers, message.Key)
	if err != nil {
		return fmt.Errorf("assign positions: %w", err)
	}
	d.releaseAfterCommit(ctx, handlers, message.Key)
	return nil
}

func (d *Dispatcher) releaseAfterCommit(ctx context.Context, handlers []string, key string) {
	database.AfterCommit(ctx, func(ctx context.Context) { d.release(ctx, handlers, key, 0) })
}

// completeOrdered completes a delivery immediately, before River does, and
// releases the next. The handler has succeeded, so errors are only logged:
// River and the maintenance do what is left.
func (d *Dispatcher) completeOrdered(ctx context.Context, task durable.Task) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	if err := d.engine.Complete(ctx, task); err != nil && !errors.Is(err, durable.ErrTakenOver) {
		d.options.Logger.WarnContext(ctx, "events: a delivery succeeded and will be marked as done later", "handler", task.Kind, "error", err)
		return
	}
	d.release(ctx, []string{task.Kind}, task.Args.Key, task.ID)
}

// releaseNext is called after a delivery was stored as failed. It keeps its row:
// the delivery may have been replayed in the meantime, and have the last position.
func (d *Dispatcher) releaseNext(ctx context.Context, task durable.Task) {
	if task.Args.Key != "" {
		d.release(ctx, []string{task.Kind}, task.Args.Key, 0)
	}
}

const releaseTimeout = 5 * time.Second

// release lets the first delivery of a key run, after the one that is done.
func (d *Dispatcher) release(ctx context.Context, handlers []string, key string, done int64) {
	ctx, cancel := context.WithTimeout(ctx, releaseTimeout)
	defer cancel()
	if _, err := d.db.Exec(ctx, releaseFirstOfKey, done, handlers, key); err != nil {
		d.options.Logger.WarnContext(ctx, "events: the next delivery of a key is delayed", "key", key, "error", err)
	}
}

// The statement removes the delivery $1, unless another process took it over and
// is running it again, releases the first delivery of each handler and key that
// is held back, and wakes the workers.
const (
	releaseFirst = `with gone as (
			delete from events_ordering where job_id = $1
				and not exists (select from river_job where id = $1 and state not in ` + finished + `)
		), first as (
			select distinct on (o.handler, o.key) o.job_id
			from events_ordering o join river_job job on job.id = o.job_id and job.state not in ` + finished
	andNotify = ` order by o.handler, o.key, o.position
		), released as (
			update river_job set state = 'available', scheduled_at = now()
			where state = 'pending' and id in (select job_id from first) returning queue
		)
		select pg_notify(current_schema() || '.river_insert', json_build_object('queue', queue)::text)
		from (select distinct queue from released) notified`

	releaseFirstOfKey  = releaseFirst + ` where o.handler = any($2) and o.key = $3` + andNotify
	releaseFirstOfEach = releaseFirst + andNotify
)

// maintenanceTimes is used by the engine's maintenance goroutine only.
type maintenanceTimes struct{ ordering, retention time.Time }

const (
	orderingInterval  = 3 * time.Second
	retentionInterval = time.Hour
)

// maintain releases deliveries held back by a dead process, and removes rows that
// are no longer needed.
func (d *Dispatcher) maintain(ctx context.Context) error {
	now := time.Now()
	if now.Sub(d.lastMaintenance.ordering) >= orderingInterval {
		if err := d.maintainOrdering(ctx); err != nil {
			return err
		}
		d.lastMaintenance.ordering = now
	}
	if now.Sub(d.lastMaintenance.retention) >= retentionInterval {
		_, err := d.db.Exec(ctx, `delete from events_messages where published_at < $1`, now.Add(-d.options.Retention))
		if err != nil {
			return fmt.Errorf("remove old events: %w", err)
		}
		d.lastMaintenance.retention = now
	}
	return nil
}

func (d *Dispatcher) maintainOrdering(ctx context.Context) error {
	_, err := d.db.Exec(ctx, `delete from events_ordering o where not exists (
		select from river_job job where job.id = o.job_id and job.state not in `+finished+`)`)
	if err != nil {
		return fmt.Errorf("remove finished positions: %w", err)
	}
	if _, err := d.db.Exec(ctx, releaseFirstOfEach, int64(0)); err != nil {
		return fmt.Errorf("release the first delivery of each key: %w", err)
	}
	return nil
}
