//go:build wireinject

package main

import (
	"context"
	"log/slog"

	"github.com/google/wire"
)

// production builds the application for production.
func production(ctx context.Context, config Config, logger *slog.Logger) (*Application, func(), error) {
	wire.Build(infrastructure, productionInfrastructure, featureSet, wire.Struct(new(parts), "*"), newApplication)
	return nil, nil, nil
}

// devSeed builds the application for development, with sample data, a mailbox
// page instead of a mail server, and the developer pages.
func devSeed(ctx context.Context, config Config, logger *slog.Logger) (*Application, func(), error) {
	wire.Build(infrastructure, devSeedInfrastructure, featureDevSeedSet, wire.Struct(new(parts), "*"), newApplication)
	return nil, nil, nil
}
