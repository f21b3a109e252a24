package operations

import (
	"context"
	"sync/atomic"
	"time"

	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// workWatch looks for changes of jobs and events every second while an
// administrator hears of them in this process. Work is done in other processes
// too, so that only the database knows.
type workWatch struct {
	hub      *realtime.Hub
	tell     TellOfWork
	reporter observe.Reporter
	watching atomic.Bool
}

// onChange is called when somebody began or ceased to hear something.
func (w *workWatch) onChange() {
	if w.isHeard() && w.watching.CompareAndSwap(false, true) {
		go w.watch()
	}
}

func (w *workWatch) isHeard() bool { return w.hub.Listeners(WorkChannel.Spec().Name) > 0 }

func (w *workWatch) watch() {
	ticker := time.NewTicker(tellEvery)
	defer ticker.Stop()
	revision, failing := "", false
	for range ticker.C {
		if !w.isHeard() {
			w.watching.Store(false)
			w.onChange() // somebody may have come just now
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		next, err := w.tell(ctx, revision)
		cancel()
		if err != nil && !failing {
			w.reporter.Report(context.Background(), err)
		}
		revision, failing = next, err != nil
	}
}

// patience is how long a look may take.
const patience = 10 * time.Second
