package database_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/fault"
)

func numbers(ctx context.Context, db *database.DB, sql string, args ...any) (found []int, err error) {
	var n int
	err = db.Read(ctx, sql, args...).ForEach([]any{&n}, func() error {
		found = append(found, n)
		return nil
	})
	return found, err
}

func TestRead_returnsWhatQueryReturns(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	got, err := numbers(t.Context(), db, "select n from generate_series(1, $1) n", 3)
	if err != nil || fmt.Sprint(got) != "[1 2 3]" {
		t.Errorf("the rows are %v, %v", got, err)
	}
	var n int
	if err := db.Read(t.Context(), "select n from generate_series(7, 9) n").Scan(&n); err != nil || n != 7 {
		t.Errorf("the first row is %d, %v, want 7", n, err)
	}
	if err := db.Read(t.Context(), "select 1 where false").Scan(&n); !errors.Is(err, pgx.ErrNoRows) {
		t.Errorf("no row is %v, want pgx.ErrNoRows", err)
	}
}

func TestRead_seesTheTransactionOfTheContext(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	err := db.InTx(t.Context(), func(ctx context.Context) error {
		if _, err := db.Exec(ctx, "create table notes (n int)"); err != nil {
			return err
		}
		if _, err := db.Exec(ctx, "insert into notes values (5)"); err != nil {
			return err
		}
		var n int
		if err := db.Read(ctx, "select n from notes").Scan(&n); err != nil || n != 5 {
			return fmt.Errorf("the row is %d, %w, want 5", n, err)
		}
		got, err := numbers(ctx, db, "select n from notes")
		if len(got) != 1 {
			return fmt.Errorf("the rows are %v, %w", got, err)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A failing read must not affect the others in its round trip.
func TestRead_failuresDoNotAffectOtherReads(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	wrong := []struct {
		sql  string
		args []any
		want string
	}{
		{"select 1 / ($1::int - 1)", []any{1}, "22012"},                              // fails when it is executed
		{"select 1 / (5 - n) from generate_series(1, 9) n", nil, "22012"},            // after some rows
		{"select nothing from nowhere", nil, "42P01"},                                // when it is prepared
		{"select $1::int", []any{"none"}, "22P02"},                                   // when its arguments are bound
		{"select $1::int", []any{struct{}{}}, "encode"},                              // before it is sent
		{"select 'text'", nil, "scan"},                                               // when it is read
		{"select $1::int, $2::int", []any{1}, "mismatched param and argument count"}, // wrong use
		{"select n from generate_series(1, 3) n where n = 99", nil, "no rows"},       // an ordinary result
	}
	var group sync.WaitGroup
	for i := range 40 {
		group.Go(func() {
			for range 10 {
				bad := wrong[i%len(wrong)]
				var n int
				err := db.Read(t.Context(), bad.sql, bad.args...).Scan(&n)
				if bad.want == "22012" && strings.Contains(bad.sql, "series") {
					_, err = numbers(t.Context(), db, bad.sql)
				}
				if err == nil || !strings.Contains(err.Error(), bad.want) {
					t.Errorf("%s: %v, want %s", bad.sql, err, bad.want)
				}
			}
		})
		group.Go(func() {
			for k := range 20 {
				var n int
				if err := db.Read(t.Context(), "select $1::int", k).Scan(&n); err != nil || n != k {
					t.Errorf("a good read returned %d, %v, want %d", n, err, k)
				}
			}
		})
	}
	group.Wait()
}

func TestRead_returnsAPanicAsAnError(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	var n int
	err := db.Read(t.Context(), "select 1").ForEach([]any{&n}, func() error { panic("oh no") })
	if err == nil || !strings.Contains(err.Error(), "oh no") {
		t.Errorf("a read whose callback panics returned %v", err)
	}
	if err := db.Read(t.Context(), "select 2").Scan(&n); err != nil || n != 2 {
		t.Errorf("the next read returned %d, %v", n, err)
	}
}

func TestRead_returnsAsSoonAsTheContextEnds(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var text string
	started := time.Now()
	err := db.Read(ctx, "select pg_sleep(3)::text").Scan(&text)
	if !errors.Is(err, fault.Unavailable) {
		t.Errorf("a read past its deadline failed with %v, want fault.Unavailable", err)
	}
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("returning took %v", took)
	}
	gone, stop := context.WithCancel(t.Context())
	stop()
	if err := db.Read(gone, "select 1").Scan(new(int)); !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled read failed with %v, want context.Canceled", err)
	}
}

// Callers must not notice that idle connections were cut or that a table was
// changed.
func TestRead_recoversFromCutConnectionsAndSchemaChanges(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	if _, err := db.Exec(t.Context(), "create table notes (n int); insert into notes values (1)"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got, err := numbers(t.Context(), db, "select * from notes"); err != nil || len(got) != 1 {
			t.Fatalf("the rows are %v, %v", got, err)
		}
	}
	for _, change := range []string{
		"alter table notes alter column n type bigint",
		"alter table notes alter column n type int",
	} {
		if _, err := db.Exec(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		if got, err := numbers(t.Context(), db, "select * from notes"); err != nil || len(got) != 1 {
			t.Errorf("after %q the rows are %v, %v", change, got, err)
		}
	}
	other, err := database.Open(t.Context(), databasetest.URL(t, db))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity
		where datname = current_database() and pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	if got, err := numbers(t.Context(), db, "select * from notes"); err != nil || len(got) != 1 {
		t.Errorf("after its connections were cut the rows are %v, %v", got, err)
	}
}

func TestRead_isUnavailableWithoutADatabase(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	if _, err := numbers(t.Context(), db, "select 1"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	if _, err := numbers(t.Context(), db, "select 1"); !errors.Is(err, fault.Unavailable) {
		t.Errorf("a read of a closed database fails with %v, want fault.Unavailable", err)
	}
}

func TestRead_isTracedAsAQuery(t *testing.T) {
	t.Parallel()
	traced := make(queries, 2)
	db := databasetest.Empty(t, database.WithTracer(traced))
	wantNoError(t, db.Read(t.Context(), "select 41 + 1").Scan(new(int)))
	if sql := <-traced; sql != "select 41 + 1" {
		t.Errorf("the tracer recorded %q", sql)
	}
	if sql := <-traced; sql != "end" {
		t.Errorf("the tracer recorded %q", sql)
	}
}

// queries is a tracer that records statements.
type queries chan string

func (q queries) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if strings.HasPrefix(data.SQL, "select") {
		q <- data.SQL
	}
	return ctx
}

func (q queries) TraceQueryEnd(_ context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	q <- "end"
}
