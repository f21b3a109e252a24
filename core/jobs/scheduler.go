package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

const (
	// lateAfter is the delay after which a tick counts as missed. Ticks are looked
	// for every second.
	lateAfter = time.Minute

	// countedTicks limits the search for the last one of many missed ticks.
	countedTicks = 10_000
)

// due returns the last tick after last and not after now, and the number of such
// ticks; 0 if none is due.
func (t tick) due(last, now time.Time) (at time.Time, n int) {
	for next := t.schedule.Next(last); !next.After(now); next = t.schedule.Next(next) {
		if at, n = next, n+1; n == countedTicks {
			return now, n
		}
	}
	return at, n
}

// enqueueDue enqueues the jobs of the schedules that are due. It is called every
// second, so a tick is neither lost nor late for long if the machine has slept or
// the database was away.
func (w *Worker) enqueueDue(ctx context.Context) error {
	registry := w.registered()
	if registry == nil || len(registry.ticks) == 0 {
		return nil
	}
	now, last, err := w.lastTicks(ctx, registry.ticks)
	if err != nil {
		return fmt.Errorf("read schedules: %w", err)
	}
	var errs []error
	for _, t := range registry.ticks {
		at, known := last[t.id]
		if _, n := t.due(at, now); known && n == 0 && !ahead(at, now) {
			continue
		}
		if err := w.enqueueTick(ctx, t, now); err != nil {
			errs = append(errs, fmt.Errorf("enqueue scheduled %s: %w", t.entry.Job, err))
		}
	}
	return errors.Join(errs...)
}

// lastTicks returns the time and the last ticks. The time is the database's, which
// is the same for all processes, unless the options have another.
func (w *Worker) lastTicks(ctx context.Context, ticks []tick) (now time.Time, last map[string]time.Time, err error) {
	var given *time.Time
	if w.options.Now != nil {
		at := w.options.Now()
		given = &at
	}
	ids := make([]string, len(ticks))
	for n, t := range ticks {
		ids[n] = t.id
	}
	rows, err := w.db.Query(ctx, `select now, schedule, last_tick
		from coalesce($1::timestamptz, clock_timestamp()) now left join jobs_schedules on schedule = any($2)`, given, ids)
	if err != nil {
		return now, nil, err
	}
	defer rows.Close()
	last = map[string]time.Time{}
	for rows.Next() {
		var id *string
		var at *time.Time
		if err := rows.Scan(&now, &id, &at); err != nil {
			return now, nil, err
		}
		if id != nil {
			last[*id] = *at
		}
	}
	return now, last, rows.Err()
}

// ahead reports whether a last tick is in the future: the clock was wrong when it
// was stored.
func ahead(last, now time.Time) bool { return last.After(now.Add(lateAfter)) }

// enqueueTick enqueues the job of a schedule that is due, unless another process
// has done so: the one that advances the schedule does, in the same transaction. A
// new schedule begins now.
func (w *Worker) enqueueTick(ctx context.Context, t tick, now time.Time) error {
	return w.db.InTx(ctx, func(ctx context.Context) error {
		_, err := w.db.Exec(ctx, `insert into jobs_schedules (schedule, last_tick) values ($1, $2) on conflict do nothing`, t.id, now)
		if err != nil {
			return err
		}
		var last time.Time
		if err := w.db.QueryRow(ctx, `select last_tick from jobs_schedules where schedule = $1 for update`, t.id).Scan(&last); err != nil {
			return err
		}
		if ahead(last, now) {
			w.logTick(ctx, "the last tick of a schedule is in the future, so a clock was wrong: the schedule continues from now", t, last)
			return w.advance(ctx, t, now)
		}
		at, n := t.due(last, now)
		if n == 0 {
			return nil
		}
		if err := w.advance(ctx, t, at); err != nil {
			return err
		}
		late := now.Sub(at) > lateAfter
		switch {
		case late && t.skipMissed:
			w.logTick(ctx, "ticks of a schedule were missed and are skipped", t, at, slog.Int("missed", n))
			return nil
		case late || n > 1 && now.Sub(t.schedule.Next(last)) > lateAfter:
			w.logTick(ctx, "ticks of a schedule were missed: its job is enqueued once", t, at, slog.Int("missed", n))
		}
		return w.Insert(ctx, t.entry)
	})
}

func (w *Worker) advance(ctx context.Context, t tick, to time.Time) error {
	_, err := w.db.Exec(ctx, `update jobs_schedules set last_tick = $2 where schedule = $1`, t.id, to)
	return err
}

func (w *Worker) logTick(ctx context.Context, message string, t tick, at time.Time, attrs ...slog.Attr) {
	w.options.Logger.LogAttrs(ctx, slog.LevelWarn, message, append(attrs, slog.String("schedule", t.id), slog.Time("tick", at))...)
}
