package jobs

import (
	"context"
	"sync"
	"time"
)

// timetable enqueues at the ticks of all schedules while it is started.
type timetable struct {
	ticks  []tick
	now    func() time.Time
	insert func(context.Context, tick, time.Time)

	mu     sync.Mutex
	run    int // of starts: a timer of an earlier one is out of date
	timers []*time.Timer
}

func newTimetable(ticks []tick, now func() time.Time, insert func(context.Context, tick, time.Time)) *timetable {
	return &timetable{ticks: ticks, now: now, insert: insert}
}

func (t *timetable) start(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.timers = make([]*time.Timer, len(t.ticks))
	for n := range t.ticks {
		t.await(context.WithoutCancel(ctx), t.run, n, t.now())
	}
}

// await sets the timer of the first tick after a time. It is called again when
// that has come, with the time that it is then, so that what was missed
// meanwhile is left out, and never with an earlier time than the tick, so that
// a clock that is set back does not tick twice.
func (t *timetable) await(ctx context.Context, run, n int, after time.Time) {
	at := t.ticks[n].schedule.Next(after)
	t.timers[n] = time.AfterFunc(at.Sub(t.now()), func() {
		if t.goOn(ctx, run, n, at) {
			t.insert(ctx, t.ticks[n], at)
		}
	})
}

func (t *timetable) goOn(ctx context.Context, run, n int, at time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if run != t.run {
		return false
	}
	after := t.now()
	if after.Before(at) {
		after = at
	}
	t.await(ctx, run, n, after)
	return true
}

func (t *timetable) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.run++
	for _, timer := range t.timers {
		timer.Stop()
	}
}
