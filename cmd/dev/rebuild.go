package main

import (
	"context"
	"fmt"
	"time"
)

// rebuilder rebuilds the application and replaces the running one, one build at a
// time. A request during a build starts over: only the latest state of the
// sources is worth building.
type rebuilder struct {
	sv       *supervisor
	ctx      context.Context
	database *future[database]
	results  chan rebuild      // the result of each
	ended    chan *application // applications that exited by themselves

	cancel   context.CancelFunc // of the current one
	finished chan struct{}      // closed when it is finished

	// These belong to the current rebuild.
	current *application
	number  int
}

// rebuild is the result of a rebuild.
type rebuild struct {
	mistakes string // in the sources
	err      error  // of the application, or because a newer one was requested
	took     time.Duration
}

func newRebuilder(ctx context.Context, sv *supervisor, d *future[database]) *rebuilder {
	finished := make(chan struct{})
	close(finished)
	return &rebuilder{
		sv:       sv,
		ctx:      ctx,
		database: d,
		results:  make(chan rebuild),
		ended:    make(chan *application),
		cancel:   func() {},
		finished: finished,
	}
}

// request starts a rebuild for a change at this time.
func (r *rebuilder) request(at time.Time) {
	r.cancel()
	before, finished := r.finished, make(chan struct{})
	ctx, cancel := context.WithCancel(r.ctx)
	r.cancel, r.finished = cancel, finished
	go func() {
		<-before
		result := r.rebuild(ctx)
		result.took = time.Since(at)
		close(finished)
		select {
		case r.results <- result:
		case <-r.ctx.Done():
		}
	}()
}

// close cancels the current rebuild and stops the application.
func (r *rebuilder) close() {
	r.cancel()
	<-r.finished
	if r.current != nil {
		r.current.stop()
	}
}

func (r *rebuilder) rebuild(ctx context.Context) rebuild {
	if ctx.Err() != nil {
		return rebuild{err: ctx.Err()}
	}
	sv := r.sv
	r.number++
	text, err := sv.templates.NewText(sv.settings.data("dev", "text", fmt.Sprint(r.number)))
	if err != nil {
		return rebuild{err: err}
	}
	done := sv.terminal.step("building the application")
	b := builder{settings: sv.settings, children: sv.children, templates: sv.templates}
	mistakes, err := b.build(ctx)
	done("")
	if err != nil || mistakes != "" {
		text.Close()
		return rebuild{mistakes: mistakes, err: err}
	}
	d, err := r.database.get(ctx)
	if err != nil {
		text.Close()
		return rebuild{err: context.Canceled} // the missing database is reported elsewhere
	}

	r.stopCurrent()
	app, err := startApplication(ctx, sv.settings, d, sv.children, b.binary(), text, sv.terminal)
	if err != nil {
		text.Close()
		if !isCanceled(err) {
			sv.proxy.Fail()
		}
		return rebuild{err: err}
	}
	r.current = app
	go r.watch(app)
	if _, err := sv.assetsKnown.get(ctx); err != nil {
		return rebuild{err: err}
	}
	sv.proxy.Open(app.address)
	return rebuild{}
}

// stopCurrent stops the running application; requests wait from now on.
func (r *rebuilder) stopCurrent() {
	r.sv.proxy.Close(time.Second)
	if r.current == nil {
		return
	}
	r.current.stopping.Store(true)
	r.current.stop()
	r.current = nil
}

func (r *rebuilder) watch(app *application) {
	<-app.process.Done()
	if app.stopping.Load() {
		return
	}
	select {
	case r.ended <- app:
	case <-r.ctx.Done():
	}
}
