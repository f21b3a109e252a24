package durable

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
)

// ErrTakenOver is the error of completing a task that was given to another
// process because this one appeared to be dead.
var ErrTakenOver = errors.New("the task was taken over by another process, which completes it")

// runningSession is the SQL of the session that runs a row.
const runningSession = `attempted_by[array_upper(attempted_by, 1)]`

// Complete marks a task as done, in the transaction of the context if there is
// one. It fails with ErrTakenOver if the task no longer belongs to this attempt;
// the transaction must then be rolled back.
func (e *Engine) Complete(ctx context.Context, task Task) error {
	tag, err := e.options.DB.Exec(ctx, `update river_job set state = 'completed', finalized_at = now()
		where id = $1 and state = 'running' and attempt = $2 and `+runningSession+` = $3`,
		task.ID, task.Attempt, task.worker)
	if err != nil {
		return fmt.Errorf("complete: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return ErrTakenOver
	}
	return nil
}

// lostAfter is how long the table may list a task as running in this process
// while it is not, before it counts as lost: it was fetched and the response did
// not arrive, or it ended and River could not store that.
const lostAfter = time.Minute

// mayRetry is the SQL for whether an interrupted row is retried.
const mayRetry = `(attempt < max_attempts and not metadata ? 'cancel_attempted_at')`

// rescue returns to the queue the tasks of dead processes, and those that are
// listed as running in this process but are not. A task without a further attempt
// fails.
func (e *Engine) rescue(ctx context.Context, l *liveness) error {
	rows, err := e.options.DB.Query(ctx, `select distinct `+runningSession+` from river_job where state = 'running' and `+string(e.options.Partition))
	if err != nil {
		return fmt.Errorf("find running tasks: %w", err)
	}
	sessions, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("find running tasks: %w", err)
	}
	dead, err := l.dead(ctx, sessions)
	if err != nil {
		return err
	}
	_, err = e.options.DB.Exec(ctx, `with rescued as (
			update river_job set
				state = case when `+mayRetry+` then 'available' else 'discarded' end::river_job_state,
				finalized_at = case when `+mayRetry+` then null else now() end,
				scheduled_at = now() + make_interval(secs => least(3600, power(2, attempt - 1) - 1)),
				errors = array_append(errors, jsonb_build_object('at', now(), 'attempt', attempt,
					'error', 'the process ended, or lost the database, before the result was stored', 'trace', ''))
			where state = 'running' and `+string(e.options.Partition)+` and (`+runningSession+` = any($1)
				or `+runningSession+` = $2 and id <> all($3) and attempted_at < now() - make_interval(secs => $4))
			returning queue, state
		)`+notifyQueues(`select distinct queue from rescued where state = 'available'`),
		dead, l.id, e.running.ids(), lostAfter.Seconds())
	if err != nil {
		return fmt.Errorf("rescue tasks: %w", err)
	}
	return nil
}

// failOrphans marks as failed the tasks that were not fetched within
// OrphanTimeout because no program has their kind.
func (e *Engine) failOrphans(ctx context.Context) error {
	_, err := e.options.DB.Exec(ctx, `update river_job set state = 'discarded', finalized_at = now(),
			errors = array_append(errors, jsonb_build_object('at', now(), 'attempt', attempt,
				'error', 'no running program handles ' || kind || ' on the queue ' || queue, 'trace', ''))
		where state in ('available', 'pending') and `+string(e.options.Partition)+`
			and (kind <> all($1) or queue <> all($2)) and scheduled_at < now() - make_interval(secs => $3)`,
		append([]string{}, e.kinds...), slices.AppendSeq([]string{}, maps.Keys(e.queues)), e.options.OrphanTimeout.Seconds())
	if err != nil {
		return fmt.Errorf("fail orphaned tasks: %w", err)
	}
	return nil
}

// notifyQueues is the SQL that wakes the workers of the queues in a query.
func notifyQueues(queues string) string {
	return ` select pg_notify(current_schema() || '.river_insert', json_build_object('queue', queue)::text) from (` + queues + `) notified`
}

// Drain waits until every task that is due is done or failed, including those
// inserted in the meantime and the pauses between attempts. It fails if a task
// waits and this engine is not started.
func (e *Engine) Drain(ctx context.Context) error {
	const longest = 50 * time.Millisecond
	for pause := time.Millisecond; ; pause = min(2*pause, longest) {
		unfinished, err := e.hasUnfinished(ctx)
		if err != nil || !unfinished {
			return err
		}
		e.mu.Lock()
		started := e.session != nil
		e.mu.Unlock()
		if !started {
			return fmt.Errorf("drain %s: tasks are waiting and nothing is started", e.options.Partition)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return fmt.Errorf("drain %s: %w", e.options.Partition, ctx.Err())
		}
	}
}

func (e *Engine) hasUnfinished(ctx context.Context) (unfinished bool, err error) {
	err = e.options.DB.QueryRow(ctx, `select exists (select from river_job where `+string(e.options.Partition)+`
		and kind = any($1) and (state in ('available', 'running', 'retryable', 'pending')
			or state = 'scheduled' and scheduled_at <= now()))`, append([]string{}, e.kinds...)).Scan(&unfinished)
	if err != nil {
		return false, fmt.Errorf("find unfinished %s: %w", e.options.Partition, err)
	}
	return unfinished, nil
}

// Replay gives a failed task its full number of attempts again: immediately, or
// held if it has a key. It fails with fault.NotFound if no failed task has the
// id, and with fault.Conflict if an equal one is unfinished.
func (e *Engine) Replay(ctx context.Context, id string) (replayed Task, err error) {
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return Task{}, noFailed(id)
	}
	var args []byte
	err = e.options.DB.QueryRow(ctx, `with replayed as (
			update river_job set state = case when args ? 'key' then 'pending' else 'available' end::river_job_state,
				attempt = 0, finalized_at = null, scheduled_at = now(), metadata = metadata - 'cancel_attempted_at'
			where id = $1 and state in ('discarded', 'cancelled') and `+string(e.options.Partition)+`
			returning id, kind, queue, args
		), notified as (`+notifyQueues(`select queue from replayed`)+`)
		select id, kind, queue, args from replayed left join notified on true`, number).
		Scan(&replayed.ID, &replayed.Kind, &replayed.Queue, &args)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Task{}, noFailed(id)
	case database.IsUniqueViolation(err, ""):
		return Task{}, fault.Conflict.New("An identical job is already waiting.")
	case err != nil:
		return Task{}, fmt.Errorf("replay: %w", err)
	}
	replayed.Args, err = parseArgs(args)
	return replayed, err
}

func noFailed(id string) error {
	return fault.NotFound.New("No failed entry has the ID %q.", id)
}

// running tracks the tasks that this process is running, or ran until recently.
type running struct {
	mu    sync.Mutex
	count map[int64]int // concurrent attempts: two if one was taken over and is still running

	// ended holds when long attempts ended: River stores the end in batches, and
	// until then the table lists them as running. For short ones the start time
	// in the table is sufficient.
	ended map[int64]time.Time
}

func (r *running) begin(id int64) (end func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.count == nil {
		r.count, r.ended = map[int64]int{}, map[int64]time.Time{}
	}
	r.count[id]++
	began := time.Now()
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.count[id]--; r.count[id] == 0 {
			delete(r.count, id)
		}
		if time.Since(began) > lostAfter/2 {
			r.ended[id] = time.Now()
		}
	}
}

// ids returns the tasks that must not count as lost. It is never nil, which would
// be NULL in SQL.
func (r *running) ids() []int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.ended, func(_ int64, at time.Time) bool { return time.Since(at) > lostAfter })
	return slices.AppendSeq(slices.AppendSeq([]int64{}, maps.Keys(r.count)), maps.Keys(r.ended))
}
