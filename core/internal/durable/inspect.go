package durable

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"example.com/pergola/core/fault"
)

// Record is everything that is stored about a task.
type Record struct {
	Task       Task // Attempt is the last one, including a running one
	State      State
	DueAt      time.Time
	StartedAt  time.Time // of the last attempt; zero before the first
	FinishedAt time.Time // zero until it is done or failed
	Error      string    // of the last failed attempt; "" if none failed
	Stack      string
}

// Query selects records, newest first. Empty fields select all.
type Query struct {
	State State
	Kind  string
	Queue string
	Page
}

// stateExpr is the SQL of a row's State. River marks a task that waits for its
// next attempt as available if that is due soon.
const stateExpr = `(case
		when state = 'running' then 'running'
		when state = 'completed' then 'done'
		when state in ('discarded', 'cancelled') then 'failed'
		when state = 'scheduled' then 'scheduled'
		when state = 'retryable' or attempt > 0 and scheduled_at > now() then 'retrying'
		else 'waiting' end)`

// riverStates returns the states in River's table that correspond to a State.
// They let Postgres use River's indexes.
func riverStates(state State) []string {
	switch state {
	case Waiting:
		return []string{"available", "pending"}
	case Scheduled:
		return []string{"scheduled"}
	case Running:
		return []string{"running"}
	case Retrying:
		return []string{"retryable", "available", "pending"}
	case Failed:
		return []string{"discarded", "cancelled"}
	case Done:
		return []string{"completed"}
	default:
		return []string{"available", "pending", "scheduled", "running", "retryable", "discarded", "cancelled", "completed"}
	}
}

const recordColumns = `id, kind, queue, priority, max_attempts, attempt, args, created_at, ` + stateExpr + `, scheduled_at,
	coalesce(attempted_at, 'epoch'), coalesce(finalized_at, 'epoch'), coalesce(errors[array_upper(errors, 1)] ->> 'error', '')`

// Parameters: $1 River's states, $2 state, $3 kind, $4 queue, $5 the id at which
// the page begins, $6 its length.
const (
	selectRecords = `select ` + recordColumns + ` from river_job
		where state = any($1::text[]::river_job_state[]) and ($2 = '' or ` + stateExpr + ` = $2) and ($3 = '' or kind = $3) and ($4 = '' or queue = $4) and `
	selectOlderEvents = selectRecords + string(Events) + ` and ($5::bigint = 0 or id < $5) order by id desc limit $6`
	selectNewerEvents = selectRecords + string(Events) + ` and id > $5 order by id limit $6`
	selectOlderJobs   = selectRecords + string(Jobs) + ` and ($5::bigint = 0 or id < $5) order by id desc limit $6`
	selectNewerJobs   = selectRecords + string(Jobs) + ` and id > $5 order by id limit $6`
)

// Records returns the records that match the query. It fails with fault.NotFound
// if the page starts at an invalid id. Tasks that are done are kept for a day.
func (e *Engine) Records(ctx context.Context, query Query) ([]Record, error) {
	query.Page = query.Page.WithDefault()
	start, newer, err := pageStart(query.Page)
	if err != nil {
		return nil, err
	}
	statement := selectOlderJobs
	switch {
	case e.options.Partition == Events && newer:
		statement = selectNewerEvents
	case e.options.Partition == Events:
		statement = selectOlderEvents
	case newer:
		statement = selectNewerJobs
	}
	rows, err := e.options.DB.Query(ctx, statement, riverStates(query.State), string(query.State), query.Kind, query.Queue, start, query.Limit)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", e.options.Partition, err)
	}
	records, err := pgx.CollectRows(rows, scanRecord)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", e.options.Partition, err)
	}
	if newer {
		slices.Reverse(records)
	}
	return records, nil
}

// RecordsOf returns the deliveries of some messages.
func (e *Engine) RecordsOf(ctx context.Context, messages []string) ([]Record, error) {
	rows, err := e.options.DB.Query(ctx, `select `+recordColumns+` from unnest($1::text[]) message
		join river_job on args @> jsonb_build_object('message', message) and `+string(e.options.Partition), messages)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	records, err := pgx.CollectRows(rows, scanRecord)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return records, nil
}

func pageStart(page Page) (start int64, newer bool, err error) {
	text := page.OlderThan
	if page.NewerThan != "" {
		text, newer = page.NewerThan, true
	}
	if text == "" {
		return 0, false, nil
	}
	start, err = strconv.ParseInt(text, 10, 64)
	if err != nil || start < 1 {
		return 0, false, fault.NotFound.New("There is no such page.")
	}
	return start, newer, nil
}

func scanRecord(row pgx.CollectableRow) (record Record, err error) {
	var args []byte
	var text string
	task := &record.Task
	err = row.Scan(&task.ID, &task.Kind, &task.Queue, &task.Priority, &task.MaxAttempts, &task.Attempt, &args,
		&task.EnqueuedAt, &record.State, &record.DueAt, &record.StartedAt, &record.FinishedAt, &text)
	if err != nil {
		return Record{}, err
	}
	epoch := time.Unix(0, 0)
	if record.StartedAt.Equal(epoch) {
		record.StartedAt = time.Time{}
	}
	if record.FinishedAt.Equal(epoch) {
		record.FinishedAt = time.Time{}
	}
	record.Error, record.Stack = splitStack(text)
	if record.Error == rivertype.ErrJobCancelledRemotely.Error() {
		record.Error = ErrCanceled.Error()
	}
	task.Args, err = parseArgs(args)
	return record, err
}

// Record returns one task. It fails with fault.NotFound if none has the id.
func (e *Engine) Record(ctx context.Context, id string) (Record, error) {
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return Record{}, notFound(id)
	}
	rows, err := e.options.DB.Query(ctx, `select `+recordColumns+` from river_job where id = $1 and `+string(e.options.Partition), number)
	if err != nil {
		return Record{}, fmt.Errorf("find a task: %w", err)
	}
	record, err := pgx.CollectExactlyOneRow(rows, scanRecord)
	if errors.Is(err, pgx.ErrNoRows) {
		return Record{}, notFound(id)
	}
	return record, err
}

func notFound(id string) error { return fault.NotFound.New("No entry has the ID %q.", id) }

// notCompleted excludes most rows by their state, which is the first column of
// River's index.
const notCompleted = `river_job.state in ('available', 'pending', 'scheduled', 'running', 'retryable', 'discarded', 'cancelled')`

// Count is the number of tasks of a kind on a queue in a state.
type Count struct {
	Queue, Kind string
	State       State
	Tasks       int
}

// Counts counts all tasks that are not done.
func (e *Engine) Counts(ctx context.Context) ([]Count, error) {
	rows, err := e.options.DB.Query(ctx, `select queue, kind, `+stateExpr+` as state, count(*) from river_job
		where `+notCompleted+` and `+string(e.options.Partition)+` group by 1, 2, 3`)
	if err != nil {
		return nil, fmt.Errorf("count %s: %w", e.options.Partition, err)
	}
	counts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Count])
	if err != nil {
		return nil, fmt.Errorf("count %s: %w", e.options.Partition, err)
	}
	return counts, nil
}

// Queues returns the queues that a program works on, and whether each is paused.
func (e *Engine) Queues(ctx context.Context) (paused map[string]bool, err error) {
	rows, err := e.options.DB.Query(ctx, `select queue, paused_at is not null from (select name as queue, paused_at from river_queue) queues where `+string(e.options.Partition))
	if err != nil {
		return nil, fmt.Errorf("list queues: %w", err)
	}
	paused = map[string]bool{}
	var queue string
	var isPaused bool
	_, err = pgx.ForEachRow(rows, []any{&queue, &isPaused}, func() error {
		paused[queue] = isPaused
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list queues: %w", err)
	}
	return paused, nil
}

// Revision returns a string that differs after each change of the partition, and
// sometimes without one.
func (e *Engine) Revision(ctx context.Context) (revision string, err error) {
	err = e.options.DB.QueryRow(ctx, `select concat_ws(' ',
		(select max(id) from river_job),
		(select max(finalized_at) from river_job where state = 'completed'),
		(select string_agg(concat(queue, kind, state, n), ' ' order by queue, kind, state) from (
			select queue, kind, state, concat(count(*), ' ', sum(attempt)) as n from river_job
			where `+notCompleted+` and `+string(e.options.Partition)+` group by 1, 2, 3) counted),
		(select string_agg(concat(name, paused_at), ' ' order by name) from river_queue))`).Scan(&revision)
	if err != nil {
		return "", fmt.Errorf("find the revision of %s: %w", e.options.Partition, err)
	}
	return revision, nil
}

// Retry makes a task due now. It fails with fault.NotFound if there is none,
// and with fault.Conflict if it is neither scheduled nor waiting for a retry.
func (e *Engine) Retry(ctx context.Context, id string) error {
	return e.change(ctx, id, func(ctx context.Context, record Record) error {
		if record.State != Scheduled && record.State != Retrying {
			return fault.Conflict.New("This isn't scheduled or waiting for a retry, so it can't be run early.")
		}
		_, err := e.options.DB.Exec(ctx, `with due as (
				update river_job set state = 'available', scheduled_at = now() where id = $1 returning queue
			)`+notifyQueues(`select queue from due`), record.Task.ID)
		if err != nil {
			return fmt.Errorf("retry: %w", err)
		}
		return nil
	})
}

// Cancel marks an unfinished task as failed. If it is running, its context is
// canceled; if it still succeeds, it is done. It fails with fault.NotFound if
// there is no such task, and with fault.Conflict if it is finished.
func (e *Engine) Cancel(ctx context.Context, id string) (canceled Task, err error) {
	err = e.change(ctx, id, func(ctx context.Context, record Record) error {
		if record.State.IsFinished() {
			return fault.Conflict.New("This has already finished, so it can't be canceled.")
		}
		canceled = record.Task
		if _, err := e.insert.JobCancelTx(ctx, e.options.DB.Tx(ctx), record.Task.ID); err != nil {
			return fmt.Errorf("cancel: %w", err)
		}
		_, err := e.options.DB.Exec(ctx, `update river_job set errors = array_append(errors,
				jsonb_build_object('at', now(), 'attempt', attempt, 'error', $2::text, 'trace', ''))
			where id = $1 and state = 'cancelled'`, record.Task.ID, ErrCanceled.Error())
		if err != nil {
			return fmt.Errorf("cancel: %w", err)
		}
		return nil
	})
	return canceled, err
}

// change calls fn with a task whose row is locked.
func (e *Engine) change(ctx context.Context, id string, fn func(context.Context, Record) error) error {
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return notFound(id)
	}
	return e.options.DB.InTx(ctx, func(ctx context.Context) error {
		if _, err := e.options.DB.Exec(ctx, `select from river_job where id = $1 for update`, number); err != nil {
			return fmt.Errorf("lock a task: %w", err)
		}
		record, err := e.Record(ctx, id)
		if err != nil {
			return err
		}
		return fn(ctx, record)
	})
}

// SetPaused pauses or resumes a queue in all processes. It fails with
// fault.NotFound if no program works on the queue.
func (e *Engine) SetPaused(ctx context.Context, queue string, paused bool) error {
	queues, err := e.Queues(ctx)
	if err != nil {
		return err
	}
	if _, found := queues[queue]; !found {
		return fault.NotFound.New("There is no queue %q.", queue)
	}
	return e.options.DB.InTx(ctx, func(ctx context.Context) error {
		set := e.insert.QueueResumeTx
		if paused {
			set = e.insert.QueuePauseTx
		}
		if err := set(ctx, e.options.DB.Tx(ctx), queue, &river.QueuePauseOpts{}); err != nil {
			return fmt.Errorf("pause or resume a queue: %w", err)
		}
		return nil
	})
}
