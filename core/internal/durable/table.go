package durable

import (
	"context"
	"encoding/json"
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

// ErrTakenOver is the error of completing a piece that was handed to somebody
// else meanwhile, because this process seemed to be gone.
var ErrTakenOver = errors.New("the work was handed to another process, which completes it")

// holder is who holds a row that is being worked on.
const holder = `attempted_by[array_upper(attempted_by, 1)]`

// Complete marks a piece as done, in the transaction of the context if there
// is one. It fails with ErrTakenOver if it is no longer this attempt's to do;
// then nothing else of the transaction must be kept.
func (e *Engine) Complete(ctx context.Context, piece Piece) error {
	tag, err := e.options.DB.Exec(ctx, `update river_job set state = 'completed', finalized_at = now()
		where id = $1 and state = 'running' and attempt = $2 and `+holder+` = $3`,
		piece.ID, piece.Attempt, piece.holder)
	if err != nil {
		return fmt.Errorf("complete: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return ErrTakenOver
	}
	return nil
}

// unanswered is how long a piece may be this process's by the table alone
// before it counts as forgotten, from its beginning or from its end: it was
// fetched and the answer got lost, or it was done and that could not be stored
// for as long as River tries.
const unanswered = time.Minute

// another is whether a begun row that was lost is to be done again.
const another = `(attempt < max_attempts and not metadata ? 'cancel_attempted_at')`

// handBack gives to the living what dead processes had begun, and what this one
// is said to be doing and is not. A piece without a further attempt is listed as
// failed.
func (e *Engine) handBack(ctx context.Context, present *presence) error {
	rows, err := e.options.DB.Query(ctx, `select distinct `+holder+` from river_job where state = 'running' and `+string(e.options.Side))
	if err != nil {
		return fmt.Errorf("look for begun work: %w", err)
	}
	holders, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look for begun work: %w", err)
	}
	dead, err := present.dead(ctx, holders)
	if err != nil {
		return err
	}
	_, err = e.options.DB.Exec(ctx, `with handed_back as (
			update river_job set
				state = case when `+another+` then 'available' else 'discarded' end::river_job_state,
				finalized_at = case when `+another+` then null else now() end,
				scheduled_at = now() + make_interval(secs => least(3600, power(2, attempt - 1) - 1)),
				errors = array_append(errors, jsonb_build_object('at', now(), 'attempt', attempt,
					'error', 'the process ended, or lost the database, before the work was stored as done', 'trace', ''))
			where state = 'running' and `+string(e.options.Side)+` and (`+holder+` = any($1)
				or `+holder+` = $2 and id <> all($3) and attempted_at < now() - make_interval(secs => $4))
			returning queue, state
		)`+notifyOf(`select distinct queue from handed_back where state = 'available'`),
		append([]string{}, dead...), present.id, e.atWork.all(), unanswered.Seconds())
	if err != nil {
		return fmt.Errorf("hand back what nobody does: %w", err)
	}
	return nil
}

// park lists as failed what nobody has taken for long because nobody knows its
// kind any more.
func (e *Engine) park(ctx context.Context) error {
	_, err := e.options.DB.Exec(ctx, `update river_job set state = 'discarded', finalized_at = now(),
			errors = array_append(errors, jsonb_build_object('at', now(), 'attempt', attempt,
				'error', 'nobody does ' || kind || ' on the queue ' || queue || ' any more', 'trace', ''))
		where state in ('available', 'pending') and `+string(e.options.Side)+`
			and (kind <> all($1) or queue <> all($2)) and scheduled_at < now() - make_interval(secs => $3)`,
		append([]string{}, e.kinds...), slices.AppendSeq([]string{}, maps.Keys(e.queues)), e.options.Orphans.Seconds())
	if err != nil {
		return fmt.Errorf("park work without a handler: %w", err)
	}
	return nil
}

// notifyOf is the SQL that wakes who works on the queues of a query.
func notifyOf(queues string) string {
	return ` select pg_notify(current_schema() || '.river_insert', json_build_object('queue', queue)::text) from (` + queues + `) woken`
}

// Drain waits until everything that is due is done or listed as failed, with
// what it brought in turn and with the pauses between attempts. It fails if
// something waits and nobody works here.
func (e *Engine) Drain(ctx context.Context) error {
	const longest = 50 * time.Millisecond
	for pause := time.Millisecond; ; pause = min(2*pause, longest) {
		unfinished, err := e.unfinished(ctx)
		if err != nil || !unfinished {
			return err
		}
		e.mu.Lock()
		started := e.run != nil
		e.mu.Unlock()
		if !started {
			return errors.New("something waits, but nobody works")
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (e *Engine) unfinished(ctx context.Context) (any bool, err error) {
	err = e.options.DB.QueryRow(ctx, `select exists (select from river_job where `+string(e.options.Side)+`
		and kind = any($1) and (state in ('available', 'running', 'retryable', 'pending')
			or state = 'scheduled' and scheduled_at <= now()))`, append([]string{}, e.kinds...)).Scan(&any)
	if err != nil {
		return false, fmt.Errorf("look for unfinished work: %w", err)
	}
	return any, nil
}

// Failure is a piece that is listed as failed.
type Failure struct {
	Piece Piece
	At    time.Time
	Error string
	Stack string
}

const mostFailures = 1000

// Failures are the newest of the pieces that are listed as failed, oldest
// first.
func (e *Engine) Failures(ctx context.Context) ([]Failure, error) {
	rows, err := e.options.DB.Query(ctx, `select * from (
			select id, kind, queue, args, attempt, created_at, finalized_at,
				coalesce(errors[array_upper(errors, 1)] ->> 'error', 'cancelled')
			from river_job where state in ('discarded', 'cancelled') and `+string(e.options.Side)+`
			order by finalized_at desc, id desc limit $1
		) newest order by finalized_at, id`, mostFailures)
	if err != nil {
		return nil, fmt.Errorf("list failures: %w", err)
	}
	failures, err := pgx.CollectRows(rows, readFailure)
	if err != nil {
		return nil, fmt.Errorf("list failures: %w", err)
	}
	return failures, nil
}

func readFailure(row pgx.CollectableRow) (failure Failure, err error) {
	var args []byte
	var text string
	piece := &failure.Piece
	if err := row.Scan(&piece.ID, &piece.Kind, &piece.Queue, &args, &piece.Attempt, &piece.EnqueuedAt, &failure.At, &text); err != nil {
		return Failure{}, err
	}
	failure.Error, failure.Stack = splitStack(text)
	piece.Args, err = readArgs(args)
	return failure, err
}

func readArgs(raw []byte) (args Args, err error) {
	if err := json.Unmarshal(raw, &args); err != nil {
		return Args{}, fmt.Errorf("read what is stored of the work: %w", err)
	}
	return args, nil
}

// Replay gives a failed piece all its attempts again: at once, or held if it
// has a key. It fails with fault.NotFound if no failed piece has the id, and
// with fault.Conflict if an equal one is unfinished.
func (e *Engine) Replay(ctx context.Context, id string) (replayed Piece, err error) {
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return Piece{}, notFailed(id)
	}
	var args []byte
	err = e.options.DB.QueryRow(ctx, `with replayed as (
			update river_job set state = case when args ? 'key' then 'pending' else 'available' end::river_job_state,
				attempt = 0, finalized_at = null, scheduled_at = now(), metadata = metadata - 'cancel_attempted_at'
			where id = $1 and state in ('discarded', 'cancelled') and `+string(e.options.Side)+`
			returning id, kind, queue, args
		), woken as (`+notifyOf(`select queue from replayed`)+`)
		select id, kind, queue, args from replayed left join woken on true`, number).
		Scan(&replayed.ID, &replayed.Kind, &replayed.Queue, &args)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Piece{}, notFailed(id)
	case database.IsUniqueViolation(err, ""):
		return Piece{}, fault.Conflict.New("The same is already waiting to be done.")
	case err != nil:
		return Piece{}, fmt.Errorf("replay: %w", err)
	}
	replayed.Args, err = readArgs(args)
	return replayed, err
}

func notFailed(id string) error {
	return fault.NotFound.New("Nothing that failed has the id %q.", id)
}

// atWork is what this process is doing, or did until a moment ago.
type atWork struct {
	mu  sync.Mutex
	ids map[int64]int // how many attempts at once: two, if one was taken over and goes on

	// ended are the attempts that took long, and when they ended: River stores
	// the end a moment later, and until then the table says that they run. For
	// short ones the table's own time is enough.
	ended map[int64]time.Time
}

func (a *atWork) begin(id int64) (end func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ids == nil {
		a.ids, a.ended = map[int64]int{}, map[int64]time.Time{}
	}
	a.ids[id]++
	began := time.Now()
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.ids[id]--; a.ids[id] == 0 {
			delete(a.ids, id)
		}
		if time.Since(began) > unanswered/2 {
			a.ended[id] = time.Now()
		}
	}
}

// all are the pieces of which nobody must say that they are forgotten.
func (a *atWork) all() []int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.DeleteFunc(a.ended, func(_ int64, at time.Time) bool { return time.Since(at) > unanswered })
	return slices.AppendSeq(slices.AppendSeq([]int64{}, maps.Keys(a.ids)), maps.Keys(a.ended))
}
