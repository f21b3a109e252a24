package database_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/fault"
)

// notes is a small store, as those of features are.
type notes struct{ db *database.DB }

func newNotes(t testing.TB) (*database.DB, notes) {
	db := databasetest.Empty(t)
	if _, err := db.Exec(t.Context(), "create table notes (id serial, text text unique deferrable initially deferred)"); err != nil {
		t.Fatal(err)
	}
	return db, notes{db}
}

func (n notes) Add(ctx context.Context, text string) error {
	_, err := n.db.Exec(ctx, "insert into notes (text) values ($1)", text)
	return err
}

func (n notes) All(ctx context.Context) ([]string, error) {
	rows, err := n.db.Query(ctx, "select text from notes order by text")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

var errFn = errors.New("the function failed")

func TestInTx(t *testing.T) {
	t.Parallel()
	cases := map[string]func(*testing.T, *database.DB, notes){
		"commits when the function returns nil":                     commitsOnNil,
		"rolls back when it returns an error":                       rollsBackOnError,
		"rolls back when it panics, and the panic continues":        rollsBackOnPanic,
		"rolls back when the goroutine ends":                        rollsBackOnGoexit,
		"hides the changes from others before the commit":           isolates,
		"joins a transaction that is open":                          joins,
		"does not commit when a joined call failed":                 doomedByError,
		"does not commit when a joined call panicked":               doomedByPanic,
		"hides the kind of a failure that was swallowed":            doomIsADefect,
		"runs AfterCommit after the commit, in order":               runsAfterCommitInOrder,
		"runs what a joined call registered after the outer commit": runsAfterOutermost,
		"runs nothing after a rollback":                             runsNothingOnRollback,
		"runs AfterCommit immediately without a transaction":        runsImmediately,
		"runs AfterCommit with a free context":                      runsWithFreeContext,
		"runs all functions even if one panics":                     runsDespitePanic,
		"can begin another transaction in AfterCommit":              mayBeginAgain,
		"rolls back when the context is canceled in the middle":     rollsBackOnCancel,
		"does nothing with a context that is already canceled":      rejectsCanceled,
		"does not let the context cancel what AfterCommit does":     runsAfterCancel,
		"keeps fifty goroutines apart":                              keepsApart,
		"rejects the context of a transaction that has ended":       rejectsEnded,
		"knows whether it is in a transaction":                      knowsTransaction,
	}
	for name, check := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tx, notes := newNotes(t)
			check(t, tx, notes)
		})
	}
}

func commitsOnNil(t *testing.T, tx *database.DB, notes notes) {
	err := tx.InTx(t.Context(), func(ctx context.Context) error { return notes.Add(ctx, "a") })

	wantNoError(t, err)
	wantNotes(t, notes, "a")
}

func rollsBackOnError(t *testing.T, tx *database.DB, notes notes) {
	wantNoError(t, notes.Add(t.Context(), "before"))

	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		wantNoError(t, notes.Add(ctx, "a"))
		wantNoError(t, notes.Add(ctx, "b"))
		return errFn
	})

	if err != errFn {
		t.Errorf("got the error %v, want the function's own, not wrapped", err)
	}
	wantNotes(t, notes, "before")
}

func rollsBackOnPanic(t *testing.T, tx *database.DB, notes notes) {
	got := recovered(func() {
		_ = tx.InTx(t.Context(), func(ctx context.Context) error {
			wantNoError(t, notes.Add(ctx, "a"))
			panic("in the function")
		})
	})

	if got != "in the function" {
		t.Errorf("got the panic %v, want the function's", got)
	}
	wantNotes(t, notes)
}

func rollsBackOnGoexit(t *testing.T, tx *database.DB, notes notes) {
	var wait sync.WaitGroup
	wait.Go(func() {
		_ = tx.InTx(t.Context(), func(ctx context.Context) error {
			wantNoError(t, notes.Add(ctx, "a"))
			runtime.Goexit() // as t.FailNow does
			return nil
		})
	})
	wait.Wait()

	wantNotes(t, notes)
}

func isolates(t *testing.T, tx *database.DB, notes notes) {
	inside, seen := make(chan struct{}), make(chan []string, 1)
	go func() {
		<-inside
		all, err := notes.All(t.Context())
		if err != nil {
			t.Error(err)
		}
		seen <- all
	}()

	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		wantNoError(t, notes.Add(ctx, "a"))
		close(inside)
		if all := <-seen; len(all) > 0 {
			t.Errorf("another connection sees %q before the commit, want nothing", all)
		}
		return errFn
	})

	if err != errFn {
		t.Errorf("got the error %v, want the function's", err)
	}
}

func joins(t *testing.T, tx *database.DB, notes notes) {
	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		err := tx.InTx(ctx, func(ctx context.Context) error { return notes.Add(ctx, "inner") })
		wantNoError(t, err)
		return errFn
	})

	if err != errFn {
		t.Errorf("got the error %v, want the outer function's", err)
	}
	wantNotes(t, notes)
}

func doomedByError(t *testing.T, tx *database.DB, notes notes) {
	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		wantNoError(t, notes.Add(ctx, "outer"))
		if err := tx.InTx(ctx, func(context.Context) error { return errFn }); err != errFn {
			t.Errorf("the inner call returned %v, want the function's error", err)
		}
		return nil
	})

	if !errors.Is(err, database.ErrRollbackOnly) {
		t.Errorf("got the error %v, want ErrRollbackOnly", err)
	}
	wantNotes(t, notes)
}

func doomedByPanic(t *testing.T, tx *database.DB, notes notes) {
	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		wantNoError(t, notes.Add(ctx, "outer"))
		recovered(func() { _ = tx.InTx(ctx, func(context.Context) error { panic("inner") }) })
		return nil
	})

	if !errors.Is(err, database.ErrRollbackOnly) {
		t.Errorf("got the error %v, want ErrRollbackOnly", err)
	}
	wantNotes(t, notes)
}

func doomIsADefect(t *testing.T, tx *database.DB, _ notes) {
	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		_ = tx.InTx(ctx, func(context.Context) error { return fault.NotFound })
		return nil
	})

	if kind := fault.KindOf(err); kind != fault.Internal {
		t.Errorf("got the kind %q, want internal: swallowing a failure is a defect", kind)
	}
}

func runsAfterCommitInOrder(t *testing.T, tx *database.DB, notes notes) {
	var ran []string
	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		for i := range 3 {
			database.AfterCommit(ctx, func(ctx context.Context) {
				all, err := notes.All(ctx)
				wantNoError(t, err)
				ran = append(ran, fmt.Sprint(i, all))
			})
		}
		if len(ran) > 0 {
			t.Errorf("ran %q before the commit", ran)
		}
		return notes.Add(ctx, "a")
	})

	wantNoError(t, err)
	wantStrings(t, ran, "0 [a]", "1 [a]", "2 [a]")
}

func runsAfterOutermost(t *testing.T, tx *database.DB, _ notes) {
	var ran []string
	register := func(ctx context.Context, word string) {
		database.AfterCommit(ctx, func(context.Context) { ran = append(ran, word) })
	}
	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		register(ctx, "first")
		err := tx.InTx(ctx, func(ctx context.Context) error { register(ctx, "inner"); return nil })
		wantNoError(t, err)
		ran = append(ran, "returned")
		register(ctx, "last")
		return nil
	})

	wantNoError(t, err)
	wantStrings(t, ran, "returned", "first", "inner", "last")
}

func runsNothingOnRollback(t *testing.T, tx *database.DB, _ notes) {
	var ran []string
	register := func(ctx context.Context) {
		database.AfterCommit(ctx, func(context.Context) { ran = append(ran, "ran") })
	}

	_ = tx.InTx(t.Context(), func(ctx context.Context) error { register(ctx); return errFn })
	recovered(func() {
		_ = tx.InTx(t.Context(), func(ctx context.Context) error { register(ctx); panic("in the function") })
	})
	_ = tx.InTx(t.Context(), func(ctx context.Context) error {
		register(ctx)
		_ = tx.InTx(ctx, func(context.Context) error { return errFn })
		return nil
	})
	var ended context.Context
	_ = tx.InTx(t.Context(), func(ctx context.Context) error { ended = ctx; return errFn })
	register(ended)

	wantStrings(t, ran)
}

func runsImmediately(t *testing.T, tx *database.DB, _ notes) {
	var ran []string
	database.AfterCommit(t.Context(), func(context.Context) { ran = append(ran, "without") })

	var ended context.Context
	wantNoError(t, tx.InTx(t.Context(), func(ctx context.Context) error { ended = ctx; return nil }))
	database.AfterCommit(ended, func(context.Context) { ran = append(ran, "after the end") })

	wantStrings(t, ran, "without", "after the end")
}

type valueKey struct{}

func runsWithFreeContext(t *testing.T, tx *database.DB, notes notes) {
	outer, cancel := context.WithCancel(t.Context())
	ran := false
	err := tx.InTx(outer, func(ctx context.Context) error {
		inner, cancelInner := context.WithCancel(context.WithValue(ctx, valueKey{}, "kept"))
		defer cancelInner()
		database.AfterCommit(inner, func(ctx context.Context) {
			cancel()
			ran = true
			wantNoError(t, ctx.Err())
			if database.InTransaction(ctx) {
				t.Error("the context is still in the transaction")
			}
			if ctx.Value(valueKey{}) != "kept" {
				t.Error("the values of the context are gone")
			}
			wantNoError(t, notes.Add(ctx, "stored by itself"))
		})
		return nil
	})

	wantNoError(t, err)
	wantNotes(t, notes, "stored by itself")
	if !ran {
		t.Error("AfterCommit did not run")
	}
}

func runsDespitePanic(t *testing.T, tx *database.DB, notes notes) {
	var ran []string
	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		database.AfterCommit(ctx, func(context.Context) { panic("a test wants this panic") })
		database.AfterCommit(ctx, func(context.Context) { ran = append(ran, "the second") })
		return notes.Add(ctx, "a")
	})

	wantNoError(t, err)
	wantNotes(t, notes, "a")
	wantStrings(t, ran, "the second")
}

func mayBeginAgain(t *testing.T, tx *database.DB, notes notes) {
	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		database.AfterCommit(ctx, func(ctx context.Context) {
			wantNoError(t, tx.InTx(ctx, func(ctx context.Context) error { return notes.Add(ctx, "b") }))
		})
		return notes.Add(ctx, "a")
	})

	wantNoError(t, err)
	wantNotes(t, notes, "a", "b")
}

func rollsBackOnCancel(t *testing.T, tx *database.DB, notes notes) {
	ctx, cancel := context.WithCancel(t.Context())
	err := tx.InTx(ctx, func(ctx context.Context) error {
		wantNoError(t, notes.Add(ctx, "a"))
		cancel()
		return nil
	})

	if !errors.Is(err, context.Canceled) || fault.KindOf(err) != fault.Internal {
		t.Errorf("got the error %v, want context.Canceled and no fault", err)
	}
	wantNotes(t, notes)
}

func rejectsCanceled(t *testing.T, tx *database.DB, notes notes) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := tx.InTx(ctx, func(ctx context.Context) error { return notes.Add(ctx, "a") })

	if !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v, want context.Canceled", err)
	}
	wantNotes(t, notes)
}

func runsAfterCancel(t *testing.T, tx *database.DB, _ notes) {
	ctx, cancel := context.WithCancel(t.Context())
	var ran []error
	err := tx.InTx(ctx, func(ctx context.Context) error {
		database.AfterCommit(ctx, func(context.Context) { cancel() })
		database.AfterCommit(ctx, func(ctx context.Context) { ran = append(ran, ctx.Err()) })
		return nil
	})

	wantNoError(t, err)
	if len(ran) != 1 || ran[0] != nil {
		t.Errorf("ran %v, want one call with a context that is not canceled", ran)
	}
}

func keepsApart(t *testing.T, tx *database.DB, notes notes) {
	const goroutines = 50
	var mu sync.Mutex
	var want, ran []string
	var wait sync.WaitGroup
	for i := range goroutines {
		text := fmt.Sprintf("%02d", i)
		stays := i%2 == 0
		if stays {
			want = append(want, text)
		}
		wait.Go(func() {
			_ = tx.InTx(t.Context(), func(ctx context.Context) error {
				database.AfterCommit(ctx, func(context.Context) {
					mu.Lock()
					defer mu.Unlock()
					ran = append(ran, text)
				})
				err := tx.InTx(ctx, func(ctx context.Context) error { return notes.Add(ctx, text) })
				wantNoError(t, err)
				if !stays {
					return errFn
				}
				return nil
			})
		})
	}
	wait.Wait()

	wantNotes(t, notes, want...)
	slices.Sort(ran)
	wantStrings(t, ran, want...)
}

func rejectsEnded(t *testing.T, tx *database.DB, _ notes) {
	var ended context.Context
	wantNoError(t, tx.InTx(t.Context(), func(ctx context.Context) error { ended = ctx; return nil }))

	err := tx.InTx(ended, func(context.Context) error { return nil })

	if !errors.Is(err, database.ErrTransactionEnded) {
		t.Errorf("got the error %v, want ErrTransactionEnded", err)
	}
}

func knowsTransaction(t *testing.T, tx *database.DB, _ notes) {
	var inside, nested bool
	var ended context.Context
	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		ended, inside = ctx, database.InTransaction(ctx)
		return tx.InTx(ctx, func(ctx context.Context) error { nested = database.InTransaction(ctx); return nil })
	})

	wantNoError(t, err)
	if database.InTransaction(t.Context()) || !inside || !nested || database.InTransaction(ended) {
		t.Errorf("before %v, inside %v, nested %v, after %v, want false, true, true, false",
			database.InTransaction(t.Context()), inside, nested, database.InTransaction(ended))
	}
}

// TestAfterCommit_waitsForTheOuterTransaction is for programs with two
// databases: the inner commit is only final when the outer one is.
func TestAfterCommit_waitsForTheOuterTransaction(t *testing.T) {
	t.Parallel()
	outer, inner := databasetest.Empty(t), databasetest.Empty(t)
	for _, outcome := range []error{nil, errFn} {
		ran := false
		err := outer.InTx(t.Context(), func(ctx context.Context) error {
			err := inner.InTx(ctx, func(ctx context.Context) error {
				database.AfterCommit(ctx, func(context.Context) { ran = true })
				return outer.InTx(ctx, func(context.Context) error { return nil }) // joins, although another is between
			})
			wantNoError(t, err)
			if ran {
				t.Error("ran before the outer commit")
			}
			return outcome
		})

		if err != outcome || ran != (outcome == nil) {
			t.Errorf("got the error %v and ran %v, want %v and %v", err, ran, outcome, outcome == nil)
		}
	}
}

func recovered(fn func()) (value any) {
	defer func() { value = recover() }()
	fn()
	return nil
}

func wantNoError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("got the error %v, want none", err)
	}
}

func wantNotes(t testing.TB, notes notes, want ...string) {
	t.Helper()
	got, err := notes.All(t.Context())
	if err != nil {
		t.Errorf("got the error %v, want none", err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("stored %q, want %q", got, want)
	}
}

func wantStrings(t testing.TB, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
