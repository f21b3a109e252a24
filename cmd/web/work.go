package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"example.com/pergola/cmd/internal/telemetry"
	"example.com/pergola/core/app"
)

const commandWork = "work"

// work handles events and runs jobs until ctx ends, next to processes that
// serve pages.
func work(ctx context.Context, getenv func(string) string, stderr io.Writer) (err error) {
	config, err := loadConfigFor(commandWork, getenv)
	if err != nil {
		return err
	}
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
