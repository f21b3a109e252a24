package app

import (
	"context"
	"errors"
)

// Work starts the services and serves nobody, until ctx ends; then it stops
// them within Options.ShutdownTimeout. It is for a process that works beside
// those that serve.
func (a *App) Work(ctx context.Context) error {
	started, err := startAll(ctx, a.options.Services)
	if err != nil {
		return errors.Join(err, a.within(stopAll(started)))
	}
	<-ctx.Done()
	a.options.Logger.Info("stopping work", "timeout", a.options.ShutdownTimeout)
	return a.within(stopAll(started))
}
