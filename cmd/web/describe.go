package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
)

// describe prints a description of the application. It needs no database,
// because connections are opened only when used.
func describe(ctx context.Context, format string, stdout io.Writer) error {
	application, cleanup, err := production(ctx, offlineConfig(), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer cleanup()
	if format == "--json" {
		return describeJSON(stdout, application)
	}
	for _, p := range application.Packages.all() {
		if write, ok := p.formats[format]; ok {
			return write(stdout, application.Manifests)
		}
	}
	return errUsage
}

// offlineConfig is the configuration of an application that is assembled but
// not run.
func offlineConfig() Config {
	return Config{DatabaseURL: "postgres://", DatabaseMaxConns: connectionsOutsidePool + 2, MailOff: true, offline: true}
}

func describeJSON(w io.Writer, application *Application) error {
	description, err := newDescription(application.Packages, application.Manifests)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(description)
}
