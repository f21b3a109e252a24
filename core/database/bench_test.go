package database_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database/databasetest"
)

// The benchmarks compare DB with bare pgx. DB adds a context lookup, a limit on the
// wait for a connection, and error translation.

func BenchmarkQueryRow(b *testing.B) {
	db := databasetest.Empty(b)
	ctx := context.Background()
	const sql = "select $1::int"
	var n int
	b.Run("pgx", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := db.Pool().QueryRow(ctx, sql, 1).Scan(&n); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("database", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := db.QueryRow(ctx, sql, 1).Scan(&n); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// Concurrent queries, as from concurrent requests: separate, and sharing round trips.
func BenchmarkRead(b *testing.B) {
	db := databasetest.Empty(b)
	const sql = "select $1::int"
	ask := map[string]func(ctx context.Context, n *int) error{
		"QueryRow": func(ctx context.Context, n *int) error { return db.QueryRow(ctx, sql, 1).Scan(n) },
		"Read":     func(ctx context.Context, n *int) error { return db.Read(ctx, sql, 1).Scan(n) },
	}
	for _, name := range []string{"QueryRow", "Read"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				var n int
				for pb.Next() {
					if err := ask[name](context.Background(), &n); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

func BenchmarkInTx(b *testing.B) {
	db := databasetest.Empty(b)
	ctx := context.Background()
	if _, err := db.Exec(ctx, "create table counts (n int)"); err != nil {
		b.Fatal(err)
	}
	const sql = "insert into counts values ($1)"
	b.Run("pgx", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			err := pgx.BeginFunc(ctx, db.Pool(), func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, sql, 1)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("database", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			err := db.InTx(ctx, func(ctx context.Context) error {
				_, err := db.Exec(ctx, sql, 1)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
