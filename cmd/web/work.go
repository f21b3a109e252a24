// <with:events|jobs/>

package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"example.com/pergola/cmd/internal/telemetry"
	"example.com/pergola/core/app"
)

// work handles events and does jobs until ctx ends, beside processes that
// serve.
func work(ctx context.Context, getenv func(string) string, stderr io.Writer) (err error) {
	config, err := loadConfig(getenv)
	if err != nil {
		return err
	}
	// <with:realtime>
	if config.Backplane == BackplaneNone {
		return errors.New("BACKPLANE: want postgres or redis for `web work`, here and where pages are served: what a worker broadcasts would reach no browser")
	}
	// </with:realtime>
	config.ServeOnly = false
	logger := app.NewLogger(stderr, config.LogFormat, config.LogLevel)

	stopTelemetry, err := telemetry.Start(ctx, getenv)
	if err != nil {
		return fmt.Errorf("start telemetry: %w", err)
	}
	defer func() { err = errors.Join(err, stopTelemetry(context.WithoutCancel(ctx))) }()

	application, cleanup, err := build(ctx, config, logger)
	if err != nil {
		return err
	}
	defer cleanup()
	logger.Info("working on events and jobs")
	return application.Work(ctx)
}
