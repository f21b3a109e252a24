package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

	"example.com/pergola/cmd/internal/telemetry"
	"example.com/pergola/core/app"
)

// serve runs the application until ctx ends.
func serve(ctx context.Context, getenv func(string) string, stderr io.Writer) (err error) {
	config, err := loadConfig(getenv)
	if err != nil {
		return err
	}
	logger := app.NewLogger(stderr, config.LogFormat, config.LogLevel)

	if !config.Development && !config.https() {
		logger.Warn("BASE_URL does not begin with https: cookies are not marked as secure, and sessions can be intercepted", "base_url", config.BaseURL)
	}

	stopTelemetry, err := telemetry.Start(ctx, getenv)
	if err != nil {
		return fmt.Errorf("start telemetry: %w", err)
	}
	defer func() { err = errors.Join(err, stopTelemetry(context.WithoutCancel(ctx))) }()

	listener, err := listen(ctx, config.Addr)
	if err != nil {
		return err
	}
	application, cleanup, err := build(ctx, config, logger)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer cleanup()
	logger.Info("serving", "address", listener.Addr().String(), "url", config.BaseURL)
	return application.Run(ctx, listener)
}

// listen opens the port before anything else starts, so that a port in use is
// reported at once, in one line.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another program: stop it, or choose another with PORT=8081", addr)
	}
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return listener, nil
}
