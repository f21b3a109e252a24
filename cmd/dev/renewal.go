package main

import (
	"context"
	"fmt"
	"time"
)

// renewals build the application and put it in the place of the running one,
// one at a time. A request while a build is under way starts over: only the
// latest state of the sources is worth building.
type renewals struct {
	sv       *supervisor
	ctx      context.Context
	database *future[database]
	results  chan renewal      // how each ended
	ended    chan *application // one that ended by itself

	cancel   context.CancelFunc // of the one under way
	finished chan struct{}      // closed when it is over

	// These belong to the renewal under way.
	current *application
	number  int
}

// renewal is how one ended.
type renewal struct {
	mistakes string // of the sources
	err      error  // of the application, or because a newer one was requested
	took     time.Duration
}

func newRenewals(ctx context.Context, sv *supervisor, d *future[database]) *renewals {
	finished := make(chan struct{})
	close(finished)
	return &renewals{
		sv:       sv,
		ctx:      ctx,
		database: d,
		results:  make(chan renewal),
		ended:    make(chan *application),
		cancel:   func() {},
		finished: finished,
	}
}

// request begins a renewal for what was changed at this time.
func (r *renewals) request(at time.Time) {
	r.cancel()
	before, finished := r.finished, make(chan struct{})
	ctx, cancel := context.WithCancel(r.ctx)
	r.cancel, r.finished = cancel, finished
	go func() {
		<-before
		result := r.renew(ctx)
		result.took = time.Since(at)
		close(finished)
		select {
		case r.results <- result:
		case <-r.ctx.Done():
		}
	}()
}

// close ends the renewal under way and the application.
func (r *renewals) close() {
	r.cancel()
	<-r.finished
	if r.current != nil {
		r.current.stop()
	}
}

func (r *renewals) renew(ctx context.Context) renewal {
	if ctx.Err() != nil {
		return renewal{err: ctx.Err()}
	}
	sv := r.sv
	r.number++
	text, err := sv.templates.NewText(sv.settings.data("dev", "text", fmt.Sprint(r.number)))
	if err != nil {
		return renewal{err: err}
	}
	done := sv.terminal.step("building the application")
	b := builder{settings: sv.settings, children: sv.children, templates: sv.templates}
	mistakes, err := b.build(ctx)
	done("")
	if err != nil || mistakes != "" {
		text.Close()
		return renewal{mistakes: mistakes, err: err}
	}
	d, err := r.database.get(ctx)
	if err != nil {
		text.Close()
		return renewal{err: context.Canceled} // that there is no database is said elsewhere
	}

	r.stopCurrent()
	app, err := startApplication(ctx, sv.settings, d, sv.children, b.binary(), text, sv.terminal)
	if err != nil {
		text.Close()
		if !isCancelled(err) {
			sv.front.Fail()
		}
		return renewal{err: err}
	}
	r.current = app
	go r.watch(app)
	if _, err := sv.assetsKnown.get(ctx); err != nil {
		return renewal{err: err}
	}
	sv.front.Open(app.address)
	return renewal{}
}

// stopCurrent ends the running application; requests wait from now on.
func (r *renewals) stopCurrent() {
	r.sv.front.Close(time.Second)
	if r.current == nil {
		return
	}
	r.current.stopping.Store(true)
	r.current.stop()
	r.current = nil
}

func (r *renewals) watch(app *application) {
	<-app.process.Done()
	if app.stopping.Load() {
		return
	}
	select {
	case r.ended <- app:
	case <-r.ctx.Done():
	}
}
