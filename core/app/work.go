package app

import (
	"context"
	"errors"
)

// Work runs the services without serving HTTP until ctx is canceled, then stops
// them within Options.ShutdownTimeout. It is for worker processes.
func (a *App) Work(ctx context.Context) error {
	started, err := startAll(ctx, a.options.Services)
	if err != nil {
		return errors.Join(err, a.within(stopAll(started)))
	}
	<-ctx.Done()
	a.options.Logger.Info("stopping work", "timeout", a.options.ShutdownTimeout)
	return a.within(stopAll(started))
}
