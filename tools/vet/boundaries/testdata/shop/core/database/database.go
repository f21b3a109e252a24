package database

import "context"

type DB struct{}

type Row interface{ Scan(...any) error }

func (*DB) InTx(ctx context.Context, fn func(context.Context) error) error { return fn(ctx) }
func (*DB) Exec(ctx context.Context, sql string, args ...any) (int, error) { return 0, nil }
func (*DB) QueryRow(ctx context.Context, sql string, args ...any) Row      { return nil }
func (*DB) Query(ctx context.Context, sql string, args ...any) (Row, error) {
	return nil, nil
}
