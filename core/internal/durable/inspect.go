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
	"example.com/pergola/core/internal/work"
)

// Record is all that is stored of a piece.
type Record struct {
	Piece      Piece // Attempt is the last one, the one that runs included
	State      work.State
	DueAt      time.Time
	BegunAt    time.Time // the last attempt; zero before the first
	FinishedAt time.Time // zero until it is done or failed
	Error      string    // of the last attempt that failed; "" if none did
	Stack      string
}

// Query says which records are asked for, newest first.
type Query struct {
	State work.State // "" for all
	Kind  string     // "" for all
	Queue string     // "" for all
	work.Page
}

// stateOf is the SQL of a row's work.State. River calls what waits for its next
// attempt available, if that comes soon.
const stateOf = `(case
		when state = 'running' then 'running'
		when state = 'completed' then 'done'
		when state in ('discarded', 'cancelled') then 'failed'
		when state = 'scheduled' then 'scheduled'
		when state = 'retryable' or attempt > 0 and scheduled_at > now() then 'retrying'
		else 'waiting' end)`

// rowStates are River's states that may be one of ours, for its indexes.
func rowStates(state work.State) []string {
	switch state {
	case work.Waiting:
		return []string{"available", "pending"}
	case work.Scheduled:
		return []string{"scheduled"}
	case work.Running:
		return []string{"running"}
	case work.Retrying:
		return []string{"retryable", "available", "pending"}
	case work.Failed:
		return []string{"discarded", "cancelled"}
	case work.Done:
		return []string{"completed"}
	default:
		return []string{"available", "pending", "scheduled", "running", "retryable", "discarded", "cancelled", "completed"}
	}
}

const recordColumns = `id, kind, queue, priority, max_attempts, attempt, args, created_at, ` + stateOf + `, scheduled_at,
	coalesce(attempted_at, 'epoch'), coalesce(finalized_at, 'epoch'), coalesce(errors[array_upper(errors, 1)] ->> 'error', '')`

// The statements list what $1 to $4 ask for: River's states, ours, kind and
// queue; $5 is where the page begins and $6 how long it is.
const (
	selectRecords = `select ` + recordColumns + ` from river_job
		where state = any($1::text[]::river_job_state[]) and ($2 = '' or ` + stateOf + ` = $2) and ($3 = '' or kind = $3) and ($4 = '' or queue = $4) and `
	selectOlderEvents = selectRecords + string(Events) + ` and ($5::bigint = 0 or id < $5) order by id desc limit $6`
	selectNewerEvents = selectRecords + string(Events) + ` and id > $5 order by id limit $6`
	selectOlderJobs   = selectRecords + string(Jobs) + ` and ($5::bigint = 0 or id < $5) order by id desc limit $6`
	selectNewerJobs   = selectRecords + string(Jobs) + ` and id > $5 order by id limit $6`
)

// Records are those that the query asks for. It fails with fault.NotFound if
// where its page begins is no id. What is done is known for a day.
func (e *Engine) Records(ctx context.Context, query Query) ([]Record, error) {
	start, newer, err := startOf(query.Page)
	if err != nil {
		return nil, err
	}
	statement := selectOlderJobs
	switch {
	case e.options.Side == Events && newer:
		statement = selectNewerEvents
	case e.options.Side == Events:
		statement = selectOlderEvents
	case newer:
		statement = selectNewerJobs
	}
	rows, err := e.options.DB.Query(ctx, statement, rowStates(query.State), string(query.State), query.Kind, query.Queue, start, query.Limit)
	if err != nil {
		return nil, fmt.Errorf("list work: %w", err)
	}
	records, err := pgx.CollectRows(rows, readRecord)
	if err != nil {
		return nil, fmt.Errorf("list work: %w", err)
	}
	if newer {
		slices.Reverse(records)
	}
	return records, nil
}

// RecordsOf are the deliveries of some messages.
func (e *Engine) RecordsOf(ctx context.Context, messages []string) ([]Record, error) {
	rows, err := e.options.DB.Query(ctx, `select `+recordColumns+` from unnest($1::text[]) message
		join river_job on args @> jsonb_build_object('message', message) and `+string(e.options.Side), messages)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	records, err := pgx.CollectRows(rows, readRecord)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return records, nil
}

func startOf(page work.Page) (start int64, newer bool, err error) {
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

func readRecord(row pgx.CollectableRow) (record Record, err error) {
	var args []byte
	var text string
	piece := &record.Piece
	err = row.Scan(&piece.ID, &piece.Kind, &piece.Queue, &piece.Priority, &piece.MaxAttempts, &piece.Attempt, &args,
		&piece.EnqueuedAt, &record.State, &record.DueAt, &record.BegunAt, &record.FinishedAt, &text)
	if err != nil {
		return Record{}, err
	}
	epoch := time.Unix(0, 0)
	if record.BegunAt.Equal(epoch) {
		record.BegunAt = time.Time{}
	}
	if record.FinishedAt.Equal(epoch) {
		record.FinishedAt = time.Time{}
	}
	record.Error, record.Stack = splitStack(text)
	if record.Error == rivertype.ErrJobCancelledRemotely.Error() {
		record.Error = work.ErrCancelled.Error()
	}
	piece.Args, err = readArgs(args)
	return record, err
}

// Record is one piece. It fails with fault.NotFound if none has the id.
func (e *Engine) Record(ctx context.Context, id string) (Record, error) {
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return Record{}, unknown(id)
	}
	rows, err := e.options.DB.Query(ctx, `select `+recordColumns+` from river_job where id = $1 and `+string(e.options.Side), number)
	if err != nil {
		return Record{}, fmt.Errorf("look at work: %w", err)
	}
	record, err := pgx.CollectExactlyOneRow(rows, readRecord)
	if errors.Is(err, pgx.ErrNoRows) {
		return Record{}, unknown(id)
	}
	return record, err
}

func unknown(id string) error { return fault.NotFound.New("There is nothing with the id %q.", id) }

// notDone is every state but completed, by which most rows are left out: River
// has an index that begins with the state.
const notDone = `river_job.state in ('available', 'pending', 'scheduled', 'running', 'retryable', 'discarded', 'cancelled')`

// Tally is how many pieces of a kind on a queue are in a state.
type Tally struct {
	Queue, Kind string
	State       work.State
	Pieces      int
}

// Tallies count everything that is not done.
func (e *Engine) Tallies(ctx context.Context) ([]Tally, error) {
	rows, err := e.options.DB.Query(ctx, `select queue, kind, `+stateOf+` as state, count(*) from river_job
		where `+notDone+` and `+string(e.options.Side)+` group by 1, 2, 3`)
	if err != nil {
		return nil, fmt.Errorf("count work: %w", err)
	}
	tallies, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Tally])
	if err != nil {
		return nil, fmt.Errorf("count work: %w", err)
	}
	return tallies, nil
}

// Paused are the queues that somebody works on, and whether they are paused.
func (e *Engine) Paused(ctx context.Context) (map[string]bool, error) {
	rows, err := e.options.DB.Query(ctx, `select queue, paused_at is not null from (select name as queue, paused_at from river_queue) queues where `+string(e.options.Side))
	if err != nil {
		return nil, fmt.Errorf("list queues: %w", err)
	}
	paused := map[string]bool{}
	var queue string
	var is bool
	_, err = pgx.ForEachRow(rows, []any{&queue, &is}, func() error {
		paused[queue] = is
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list queues: %w", err)
	}
	return paused, nil
}

// Revision is another text when anything of this side has changed, and now and
// then when it has not.
func (e *Engine) Revision(ctx context.Context) (revision string, err error) {
	err = e.options.DB.QueryRow(ctx, `select concat_ws(' ',
		(select max(id) from river_job),
		(select max(finalized_at) from river_job where state = 'completed'),
		(select string_agg(concat(queue, kind, state, n), ' ' order by queue, kind, state) from (
			select queue, kind, state, concat(count(*), ' ', sum(attempt)) as n from river_job
			where `+notDone+` and `+string(e.options.Side)+` group by 1, 2, 3) counted),
		(select string_agg(concat(name, paused_at), ' ' order by name) from river_queue))`).Scan(&revision)
	if err != nil {
		return "", fmt.Errorf("look for changes: %w", err)
	}
	return revision, nil
}

// Retry makes a piece due at once that is due later. It fails with
// fault.NotFound if there is none, and with fault.Conflict if it does not wait
// for a time.
func (e *Engine) Retry(ctx context.Context, id string) error {
	return e.change(ctx, id, func(ctx context.Context, record Record) error {
		if record.State != work.Scheduled && record.State != work.Retrying {
			return fault.Conflict.New("It does not wait for a time: there is nothing to hurry.")
		}
		_, err := e.options.DB.Exec(ctx, `with hurried as (
				update river_job set state = 'available', scheduled_at = now() where id = $1 returning queue
			)`+notifyOf(`select queue from hurried`), record.Piece.ID)
		if err != nil {
			return fmt.Errorf("retry: %w", err)
		}
		return nil
	})
}

// Cancel lists a piece as failed that is not finished. If it runs, its context
// ends; if it succeeds all the same it is done. It fails with fault.NotFound if
// there is none, and with fault.Conflict if it is finished.
func (e *Engine) Cancel(ctx context.Context, id string) (cancelled Piece, err error) {
	err = e.change(ctx, id, func(ctx context.Context, record Record) error {
		if record.State.IsFinished() {
			return fault.Conflict.New("It is finished already.")
		}
		cancelled = record.Piece
		if _, err := e.insert.JobCancelTx(ctx, e.options.DB.Tx(ctx), record.Piece.ID); err != nil {
			return fmt.Errorf("cancel: %w", err)
		}
		_, err := e.options.DB.Exec(ctx, `update river_job set errors = array_append(errors,
				jsonb_build_object('at', now(), 'attempt', attempt, 'error', $2::text, 'trace', ''))
			where id = $1 and state = 'cancelled'`, record.Piece.ID, work.ErrCancelled.Error())
		if err != nil {
			return fmt.Errorf("cancel: %w", err)
		}
		return nil
	})
	return cancelled, err
}

// change does something about a piece whose row nobody else changes meanwhile.
func (e *Engine) change(ctx context.Context, id string, do func(context.Context, Record) error) error {
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return unknown(id)
	}
	return e.options.DB.InTx(ctx, func(ctx context.Context) error {
		if _, err := e.options.DB.Exec(ctx, `select from river_job where id = $1 for update`, number); err != nil {
			return fmt.Errorf("lock work: %w", err)
		}
		record, err := e.Record(ctx, id)
		if err != nil {
			return err
		}
		return do(ctx, record)
	})
}

// Pause lets every process begin nothing of a queue until it is resumed. It
// fails with fault.NotFound if nobody works on the queue.
func (e *Engine) Pause(ctx context.Context, queue string, paused bool) error {
	known, err := e.Paused(ctx)
	if err != nil {
		return err
	}
	if _, found := known[queue]; !found {
		return fault.NotFound.New("Nobody works on a queue %q.", queue)
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
