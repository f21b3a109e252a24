package database_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/fault"
)

func TestDB_classifiesErrorsBySQLSTATE(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	for code, unavailable := range map[string]bool{
		"08006": true,  // connection_failure
		"08P01": true,  // protocol_violation: PgBouncer's own errors
		"25006": true,  // read_only_sql_transaction
		"25P03": true,  // idle_in_transaction_session_timeout
		"40001": true,  // serialization_failure
		"40P01": true,  // deadlock_detected
		"53100": true,  // disk_full
		"53200": true,  // out_of_memory
		"53300": true,  // too_many_connections
		"55P03": true,  // lock_not_available
		"57014": true,  // query_canceled
		"57P01": true,  // admin_shutdown
		"58030": true,  // io_error
		"22012": false, // division_by_zero
		"23505": false, // unique_violation
		"25001": false, // active_sql_transaction
		"25P02": false, // in_failed_sql_transaction
		"28P01": false, // invalid_password
		"42P01": false, // undefined_table
		"55000": false, // object_not_in_prerequisite_state
		"XX000": false, // internal_error
	} {
		raise := fmt.Sprintf(`do $$ begin raise exception 'no' using errcode = '%s'; end $$`, code)
		_, statement := db.Exec(t.Context(), raise)
		inTx := db.InTx(t.Context(), func(ctx context.Context) error {
			_, err := db.Tx(ctx).Exec(ctx, raise) // as a library does
			return err
		})
		for way, err := range map[string]error{"a statement": statement, "a library in a transaction": inTx} {
			answer, _ := errors.AsType[*pgconn.PgError](err)
			if answer == nil || answer.Code != code || errors.Is(err, fault.Unavailable) != unavailable {
				t.Errorf("%s, %s: got %v, want fault.Unavailable to be %t", code, way, err, unavailable)
			}
		}
	}
}

func TestDB_isUnavailableAfterTimeoutsOfTheServer(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	_, err := db.Exec(t.Context(), "create table notes (text text)")
	wantNoError(t, err)

	_, slow := db.Exec(t.Context(), "set statement_timeout = 10; select pg_sleep(60)", pgx.QueryExecModeSimpleProtocol)
	var locked error
	err = db.InTx(t.Context(), func(ctx context.Context) error {
		if _, err := db.Exec(ctx, "lock table notes"); err != nil {
			return err
		}
		locked = db.InTx(context.WithoutCancel(t.Context()), func(other context.Context) error {
			_, err := db.Exec(other, "set local lock_timeout = 10; insert into notes values ('a')", pgx.QueryExecModeSimpleProtocol)
			return err
		})
		return nil
	})
	wantNoError(t, err)

	for name, err := range map[string]error{"statement_timeout": slow, "lock_timeout": locked} {
		if !errors.Is(err, fault.Unavailable) {
			t.Errorf("%s: got %v, want fault.Unavailable", name, err)
		}
	}
}

// After a failover the old connections may reach a server that is read-only now.
func TestDB_leavesAServerThatHasBecomeReadOnly(t *testing.T) {
	t.Parallel()
	for name, notice := range map[string]func(context.Context, *database.DB) error{
		"by a failed write": ways["Exec"],
		"by a library": func(ctx context.Context, db *database.DB) error {
			_, err := db.Pool().Exec(ctx, "insert into notes (text) values ('a')")
			if err != nil {
				return fault.Unavailable.Wrap(err, "as expected")
			}
			return nil
		},
		"by a probe": func(ctx context.Context, db *database.DB) error { return db.Ping(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := databasetest.Empty(t, database.WithMaxConns(3))
			_, err := db.Exec(t.Context(), "create table notes (text text)")
			wantNoError(t, err)
			makeReadOnly(t, db, 3)

			if err := notice(t.Context(), db); !errors.Is(err, fault.Unavailable) {
				t.Fatalf("got %v, want fault.Unavailable", err)
			}

			for range 6 {
				wantNoError(t, ways["Exec"](t.Context(), db))
			}
			wantNoError(t, db.Ping(t.Context()))
		})
	}
}

// makeReadOnly does to n connections of the pool what demoting their server does.
func makeReadOnly(t *testing.T, db *database.DB, n int) {
	t.Helper()
	for range n {
		conn, err := db.Pool().Acquire(t.Context())
		wantNoError(t, err)
		defer conn.Release()
		_, err = conn.Exec(t.Context(), "set default_transaction_read_only = on")
		wantNoError(t, err)
	}
}

func TestDB_connectsOnlyToAServerThatAcceptsWrites(t *testing.T) {
	t.Parallel()
	first := databasetest.Empty(t)
	var name string
	wantNoError(t, first.QueryRow(t.Context(), "select current_database()").Scan(&name))
	_, err := first.Exec(t.Context(), "alter database "+pgx.Identifier{name}.Sanitize()+" set default_transaction_read_only = on")
	wantNoError(t, err)

	if _, err := database.Open(t.Context(), databasetest.URL(t, first)); !errors.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want fault.Unavailable", err)
	}
	anyServer, err := database.Open(t.Context(), databasetest.URL(t, first)+"&target_session_attrs=any")
	wantNoError(t, err)
	anyServer.Close()
}
