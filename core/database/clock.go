package database

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"
)

// Processes compare times that others have stored: when a job is due, a link
// expires, an administrator was last active. Their machines' clocks can differ, so
// all use the database's: their own clock, corrected by the measured difference.

const (
	// clocksAgree is the largest difference that is not corrected. A measurement is
	// not more exact on a busy machine, and a clock that is not corrected never jumps.
	clocksAgree = 500 * time.Millisecond

	clockInterval = time.Minute
)

// clock is the database's clock, as this process knows it.
type clock struct {
	own        func() time.Time
	difference atomic.Int64 // nanoseconds that the database's clock is ahead of our own
}

// WithClock sets the process's own clock, which is time.Now without it.
func WithClock(now func() time.Time) Option {
	return func(o *options) { o.now = now }
}

// Now returns the time by the database's clock, within half a second. Open measures
// the difference to this process's clock, and a ClockWatch regularly.
func (db *DB) Now() time.Time { return db.clock.own().Add(db.ClockDifference()) }

// ClockDifference returns how far the database's clock is ahead of this process's; 0
// if they agree within half a second, and before the first measurement.
func (db *DB) ClockDifference() time.Duration { return time.Duration(db.clock.difference.Load()) }

// measureClock compares the clocks. The database reads its own between our two
// readings.
func (db *DB) measureClock(ctx context.Context) error {
	conn, err := db.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	before := db.clock.own()
	results, err := conn.Conn().PgConn().Exec(ctx, `select (extract(epoch from clock_timestamp()) * 1000000)::bigint`).ReadAll() // not traced, like Ping
	if err != nil {
		return translate(err)
	}
	after := db.clock.own()
	microseconds, err := strconv.ParseInt(string(results[0].Rows[0][0]), 10, 64)
	if err != nil {
		return fmt.Errorf("read the database's clock: %w", err)
	}
	there := time.UnixMicro(microseconds)
	difference := time.Duration(0)
	switch {
	case there.Before(before.Add(-clocksAgree)), there.After(after.Add(clocksAgree)):
		difference = there.Sub(before.Add(after.Sub(before) / 2))
	}
	db.clock.difference.Store(int64(difference))
	return nil
}

// ClockWatch measures the difference between the clocks once a minute, and warns of
// one when it appears. It is a service of the application.
type ClockWatch struct {
	db     *DB
	logger *slog.Logger
	cancel context.CancelFunc
	ended  chan struct{}
}

// NewClockWatch returns a watch that is not started.
func NewClockWatch(db *DB, logger *slog.Logger) *ClockWatch {
	return &ClockWatch{db: db, logger: logger}
}

// Start warns of a difference that Open has measured, and starts measuring.
func (w *ClockWatch) Start(ctx context.Context) error {
	ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	w.ended = make(chan struct{})
	warned := w.warn(ctx, false)
	go func() {
		defer close(w.ended)
		ticker := time.NewTicker(clockInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if err := w.db.measureClock(ctx); err == nil { // another error of the database is reported elsewhere
				warned = w.warn(ctx, warned)
			}
		}
	}()
	return nil
}

// Stop stops measuring.
func (w *ClockWatch) Stop(context.Context) error {
	w.cancel()
	<-w.ended
	return nil
}

// warn logs a difference unless it was logged, and reports whether there is one.
func (w *ClockWatch) warn(ctx context.Context, warned bool) bool {
	difference := w.db.ClockDifference()
	if difference != 0 && !warned {
		w.logger.WarnContext(ctx, "this machine's clock differs from the database's, which is used instead: synchronize them (NTP)",
			"difference", difference.Round(time.Millisecond))
	}
	return difference != 0
}
