package jobs

import (
	"context"
	"sync"
	"time"
)

// scheduler calls insert at the ticks of all schedules while it is started.
type scheduler struct {
	ticks  []tick
	now    func() time.Time
	insert func(context.Context, tick, time.Time)

	mu         sync.Mutex
	generation int // of start; timers of earlier ones are ignored
	timers     []*time.Timer
}

func newScheduler(ticks []tick, now func() time.Time, insert func(context.Context, tick, time.Time)) *scheduler {
	return &scheduler{ticks: ticks, now: now, insert: insert}
}

func (s *scheduler) start(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timers = make([]*time.Timer, len(s.ticks))
	for n := range s.ticks {
		s.setTimer(context.WithoutCancel(ctx), s.generation, n, s.now())
	}
}

// setTimer waits for the first tick after a time. When it fires, the next timer
// starts from the current time, so that ticks missed in the meantime are skipped,
// but never from before the tick, so that setting the clock back does not repeat
// one.
func (s *scheduler) setTimer(ctx context.Context, generation, n int, after time.Time) {
	at := s.ticks[n].schedule.Next(after)
	s.timers[n] = time.AfterFunc(at.Sub(s.now()), func() {
		if s.advance(ctx, generation, n, at) {
			s.insert(ctx, s.ticks[n], at)
		}
	})
}

func (s *scheduler) advance(ctx context.Context, generation, n int, at time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if generation != s.generation {
		return false
	}
	after := s.now()
	if after.Before(at) {
		after = at
	}
	s.setTimer(ctx, generation, n, after)
	return true
}

func (s *scheduler) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation++
	for _, timer := range s.timers {
		timer.Stop()
	}
}
