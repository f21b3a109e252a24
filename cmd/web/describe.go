package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
)

// describe prints what the application says of itself. It assembles it in
// memory, so that it needs no database.
func describe(ctx context.Context, stdout io.Writer, write func(io.Writer, *Application) error) error {
	application, cleanup, err := inMemory(ctx, Config{Storage: StorageMemory}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer cleanup()
	return write(stdout, application)
}

func describeJSON(w io.Writer, application *Application) error {
	description, err := newDescription(application.Manifests)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(description)
}
