// <with:realtime/>

package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"

	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/typescript"
)

// describe prints what the descriptors say. It assembles the application in
// memory, so that it needs no database.
func describe(ctx context.Context, stdout io.Writer, write func(io.Writer, []realtime.ChannelDescription) error) error {
	application, cleanup, err := inMemory(ctx, Config{Storage: StorageMemory}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer cleanup()
	return write(stdout, realtime.Describe(application.Manifests))
}

func describeJSON(w io.Writer, channels []realtime.ChannelDescription) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(channels)
}

func describeTypeScript(w io.Writer, channels []realtime.ChannelDescription) error {
	return typescript.Write(w, channels)
}
