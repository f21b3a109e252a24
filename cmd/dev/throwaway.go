package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
)

// throwaway is a database that lasts as long as the development server. Its name
// depends only on the checkout, so that the next start replaces one that a killed
// server left behind.
type throwaway struct {
	serverURL string // of another database of the same server
	name      string
}

func newThrowaway(serverURL string, s settings) *throwaway {
	return &throwaway{serverURL: serverURL, name: "dev_seed_" + s.key()}
}

// create returns the URL of the new, empty database.
func (d *throwaway) create(ctx context.Context) (string, error) {
	err := d.execute(ctx, "drop database if exists "+d.name+" with (force)", "create database "+d.name)
	if err != nil {
		return "", fmt.Errorf("create a throwaway database: %w", err)
	}
	return urlOfDatabase(d.serverURL, d.name), nil
}

func (d *throwaway) drop(ctx context.Context) error {
	if err := d.execute(ctx, "drop database if exists "+d.name+" with (force)"); err != nil {
		return fmt.Errorf("drop the throwaway database: %w", err)
	}
	return nil
}

func (d *throwaway) execute(ctx context.Context, statements ...string) error {
	conn, err := pgx.Connect(ctx, d.serverURL)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// urlOfDatabase returns the URL of another database of the same server.
func urlOfDatabase(serverURL, name string) string {
	address, err := url.Parse(serverURL)
	if err != nil || address.Scheme == "" {
		return serverURL + " dbname=" + name // the other form: host=… user=…
	}
	address.Path = "/" + name
	return address.String()
}
