package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"example.com/pergola/core/fault"
)

// makeAdmin grants the admin role, for the first admin of a new site. It needs
// no authorization: anyone who can run it has access to the database.
func makeAdmin(ctx context.Context, email string, getenv func(string) string, stdout io.Writer) error {
	config, err := loadConfig(getenv)
	if err != nil {
		return err
	}
	config.MailOff = true // nothing is sent
	application, cleanup, err := production(ctx, config, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer cleanup()
	if err := application.Features.MakeAdmin(ctx, email); err != nil {
		return fmt.Errorf("make %s an admin: %s", email, fault.Message(err))
	}
	fmt.Fprintf(stdout, "%s is now an admin.\n", email)
	return nil
}
