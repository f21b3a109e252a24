//go:build wireinject

package main

import (
	"context"
	"log/slog"

	"github.com/google/wire"
)

// onPostgres is the application as it runs in production.
func onPostgres(ctx context.Context, config Config, logger *slog.Logger) (*Application, func(), error) {
	wire.Build(postgresEdges, sharedEdges, featureSet, wire.Struct(new(parts), "*"), newApplication)
	return nil, nil, nil
}

// inMemory is the dev-seed mode: the same, but nothing outlives the process.
func inMemory(ctx context.Context, config Config, logger *slog.Logger) (*Application, func(), error) {
	wire.Build(memoryEdges, sharedEdges, featureDevSeedSet, wire.Struct(new(parts), "*"), newApplication)
	return nil, nil, nil
}
