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

// notes is a small repository, written once over Postgres and once over
// memory, as the repositories of features are.
type notes interface {
	Add(ctx context.Context, text string) error
	All(ctx context.Context) ([]string, error)
}

type postgresNotes struct{ db *database.DB }

func newPostgresNotes(t testing.TB) (database.Transactor, notes) {
	db := databasetest.Empty(t)
	if _, err := db.Exec(t.Context(), "create table notes (id serial, text text unique deferrable initially deferred)"); err != nil {
		t.Fatal(err)
	}
	return db, postgresNotes{db}
}

func (n postgresNotes) Add(ctx context.Context, text string) error {
	_, err := n.db.Exec(ctx, "insert into notes (text) values ($1)", text)
	return err
}

func (n postgresNotes) All(ctx context.Context) ([]string, error) {
	rows, err := n.db.Query(ctx, "select text from notes order by text")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

type memoryNotes struct {
	mem   *database.Memory
	texts *[]string
}

func newMemoryNotes(testing.TB) (database.Transactor, notes) {
	mem := database.NewMemory()
	return mem, memoryNotes{mem, new([]string)}
}

func (n memoryNotes) Add(ctx context.Context, text string) error {
	defer n.mem.Lock(ctx)()
	if err := ctx.Err(); err != nil {
		return err
	}
	*n.texts = append(*n.texts, text)
	n.mem.OnRollback(ctx, func() { *n.texts = (*n.texts)[:len(*n.texts)-1] })
	return nil
}

func (n memoryNotes) All(ctx context.Context) ([]string, error) {
	defer n.mem.Lock(ctx)()
	return slices.Sorted(slices.Values(*n.texts)), nil
}

var errFn = errors.New("the function failed")

// TestTransactor is the contract: what each case says holds for both.
func TestTransactor(t *testing.T) {
	t.Parallel()
	implementations := map[string]func(testing.TB) (database.Transactor, notes){
		"postgres": newPostgresNotes,
		"memory":   newMemoryNotes,
	}
	cases := map[string]func(*testing.T, database.Transactor, notes){
		"commits when the function returns nil":                  commitsOnNil,
		"rolls back when it returns an error":                    rollsBackOnError,
		"rolls back when it panics, and the panic goes on":       rollsBackOnPanic,
		"rolls back when the goroutine ends":                     rollsBackOnGoexit,
		"shows the changes to nobody else before the commit":     isolates,
		"joins a transaction that is open":                       joins,
		"refuses to commit when a joined call failed":            doomedByError,
		"refuses to commit when a joined call panicked":          doomedByPanic,
		"hides the kind of a failure that was swallowed":         doomIsADefect,
		"tells after the commit, in order":                       tellsInOrder,
		"tells what a joined call registered after the outer":    tellsAfterOutermost,
		"tells nothing after a rollback":                         tellsNothingOnRollback,
		"tells at once without a transaction":                    tellsAtOnce,
		"tells with a context that is free":                      tellsWithFreeContext,
		"tells all although one panics":                          tellsInSpiteOfPanic,
		"can begin anew while telling":                           tellsOutsideTheLock,
		"rolls back when the context is cancelled in the middle": rollsBackOnCancel,
		"does nothing with a context that is cancelled before":   refusesCancelled,
		"does not let the context cancel what AfterCommit does":  tellsAfterCancel,
		"keeps fifty goroutines apart":                           keepsApart,
		"refuses the context of a transaction that has ended":    refusesEnded,
		"knows whether it is in a transaction":                   knowsTransaction,
	}
	for implementation, make := range implementations {
		for name, check := range cases {
			t.Run(implementation+" "+name, func(t *testing.T) {
				t.Parallel()
				tx, notes := make(t)
				check(t, tx, notes)
			})
		}
	}
}

func commitsOnNil(t *testing.T, tx database.Transactor, notes notes) {
	err := tx.InTx(t.Context(), func(ctx context.Context) error { return notes.Add(ctx, "a") })

	wantNoError(t, err)
	wantNotes(t, notes, "a")
}

func rollsBackOnError(t *testing.T, tx database.Transactor, notes notes) {
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

func rollsBackOnPanic(t *testing.T, tx database.Transactor, notes notes) {
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

func rollsBackOnGoexit(t *testing.T, tx database.Transactor, notes notes) {
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

func isolates(t *testing.T, tx database.Transactor, notes notes) {
	inside, seen := make(chan struct{}), make(chan []string, 1)
	go func() {
		<-inside
		all, err := notes.All(t.Context()) // memory waits here for the transaction to end
		if err != nil {
			t.Error(err)
		}
		seen <- all
	}()

	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		wantNoError(t, notes.Add(ctx, "a"))
		close(inside)
		if _, postgres := tx.(*database.DB); postgres {
			if all := <-seen; len(all) > 0 {
				t.Errorf("before the commit another sees %q, want nothing", all)
			}
			seen <- nil
		}
		return errFn
	})

	if all := <-seen; len(all) > 0 || err != errFn {
		t.Errorf("another saw %q and the error is %v, want nothing and the function's", all, err)
	}
}

func joins(t *testing.T, tx database.Transactor, notes notes) {
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

func doomedByError(t *testing.T, tx database.Transactor, notes notes) {
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

func doomedByPanic(t *testing.T, tx database.Transactor, notes notes) {
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

func doomIsADefect(t *testing.T, tx database.Transactor, _ notes) {
	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		_ = tx.InTx(ctx, func(context.Context) error { return fault.NotFound })
		return nil
	})

	if kind := fault.KindOf(err); kind != fault.Internal {
		t.Errorf("got the kind %q, want internal: swallowing a failure is a defect", kind)
	}
}

func tellsInOrder(t *testing.T, tx database.Transactor, notes notes) {
	var told []string
	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		for i := range 3 {
			database.AfterCommit(ctx, func(ctx context.Context) {
				all, err := notes.All(ctx)
				wantNoError(t, err)
				told = append(told, fmt.Sprint(i, all))
			})
		}
		if len(told) > 0 {
			t.Errorf("told %q before the commit", told)
		}
		return notes.Add(ctx, "a")
	})

	wantNoError(t, err)
	wantStrings(t, told, "0 [a]", "1 [a]", "2 [a]")
}

func tellsAfterOutermost(t *testing.T, tx database.Transactor, _ notes) {
	var told []string
	tell := func(ctx context.Context, word string) {
		database.AfterCommit(ctx, func(context.Context) { told = append(told, word) })
	}
	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		tell(ctx, "first")
		err := tx.InTx(ctx, func(ctx context.Context) error { tell(ctx, "inner"); return nil })
		wantNoError(t, err)
		told = append(told, "returned")
		tell(ctx, "last")
		return nil
	})

	wantNoError(t, err)
	wantStrings(t, told, "returned", "first", "inner", "last")
}

func tellsNothingOnRollback(t *testing.T, tx database.Transactor, _ notes) {
	var told []string
	tell := func(ctx context.Context) {
		database.AfterCommit(ctx, func(context.Context) { told = append(told, "told") })
	}

	_ = tx.InTx(t.Context(), func(ctx context.Context) error { tell(ctx); return errFn })
	recovered(func() {
		_ = tx.InTx(t.Context(), func(ctx context.Context) error { tell(ctx); panic("in the function") })
	})
	_ = tx.InTx(t.Context(), func(ctx context.Context) error {
		tell(ctx)
		_ = tx.InTx(ctx, func(context.Context) error { return errFn })
		return nil
	})
	var ended context.Context
	_ = tx.InTx(t.Context(), func(ctx context.Context) error { ended = ctx; return errFn })
	tell(ended)

	wantStrings(t, told)
}

func tellsAtOnce(t *testing.T, tx database.Transactor, _ notes) {
	var told []string
	database.AfterCommit(t.Context(), func(context.Context) { told = append(told, "without") })

	var ended context.Context
	wantNoError(t, tx.InTx(t.Context(), func(ctx context.Context) error { ended = ctx; return nil }))
	database.AfterCommit(ended, func(context.Context) { told = append(told, "after the end") })

	wantStrings(t, told, "without", "after the end")
}

type valueKey struct{}

func tellsWithFreeContext(t *testing.T, tx database.Transactor, notes notes) {
	outer, cancel := context.WithCancel(t.Context())
	told := false
	err := tx.InTx(outer, func(ctx context.Context) error {
		inner, cancelInner := context.WithCancel(context.WithValue(ctx, valueKey{}, "kept"))
		defer cancelInner()
		database.AfterCommit(inner, func(ctx context.Context) {
			cancel()
			told = true
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
	if !told {
		t.Error("nothing was told")
	}
}

func tellsInSpiteOfPanic(t *testing.T, tx database.Transactor, notes notes) {
	var told []string
	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		database.AfterCommit(ctx, func(context.Context) { panic("a test wants this panic") })
		database.AfterCommit(ctx, func(context.Context) { told = append(told, "the second") })
		return notes.Add(ctx, "a")
	})

	wantNoError(t, err)
	wantNotes(t, notes, "a")
	wantStrings(t, told, "the second")
}

func tellsOutsideTheLock(t *testing.T, tx database.Transactor, notes notes) {
	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		database.AfterCommit(ctx, func(ctx context.Context) {
			wantNoError(t, tx.InTx(ctx, func(ctx context.Context) error { return notes.Add(ctx, "b") }))
		})
		return notes.Add(ctx, "a")
	})

	wantNoError(t, err)
	wantNotes(t, notes, "a", "b")
}

func rollsBackOnCancel(t *testing.T, tx database.Transactor, notes notes) {
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

func refusesCancelled(t *testing.T, tx database.Transactor, notes notes) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := tx.InTx(ctx, func(ctx context.Context) error { return notes.Add(ctx, "a") })

	if !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v, want context.Canceled", err)
	}
	wantNotes(t, notes)
}

func tellsAfterCancel(t *testing.T, tx database.Transactor, _ notes) {
	ctx, cancel := context.WithCancel(t.Context())
	var told []error
	err := tx.InTx(ctx, func(ctx context.Context) error {
		database.AfterCommit(ctx, func(context.Context) { cancel() })
		database.AfterCommit(ctx, func(ctx context.Context) { told = append(told, ctx.Err()) })
		return nil
	})

	wantNoError(t, err)
	if len(told) != 1 || told[0] != nil {
		t.Errorf("told %v, want one call with a context that is not cancelled", told)
	}
}

func keepsApart(t *testing.T, tx database.Transactor, notes notes) {
	const goroutines = 50
	var mu sync.Mutex
	var want, told []string
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
					told = append(told, text)
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
	slices.Sort(told)
	wantStrings(t, told, want...)
}

func refusesEnded(t *testing.T, tx database.Transactor, _ notes) {
	var ended context.Context
	wantNoError(t, tx.InTx(t.Context(), func(ctx context.Context) error { ended = ctx; return nil }))

	err := tx.InTx(ended, func(context.Context) error { return nil })

	if !errors.Is(err, database.ErrTransactionEnded) {
		t.Errorf("got the error %v, want ErrTransactionEnded", err)
	}
}

func knowsTransaction(t *testing.T, tx database.Transactor, _ notes) {
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

// TestAfterCommit_waitsForTheTransactionAround is for programs with two
// databases, or a database and a memory: what the inner one wants to tell is
// certain only when the outer one is.
func TestAfterCommit_waitsForTheTransactionAround(t *testing.T) {
	t.Parallel()
	outer, inner := database.NewMemory(), database.NewMemory()
	for _, outcome := range []error{nil, errFn} {
		told := false
		err := outer.InTx(t.Context(), func(ctx context.Context) error {
			err := inner.InTx(ctx, func(ctx context.Context) error {
				database.AfterCommit(ctx, func(context.Context) { told = true })
				return outer.InTx(ctx, func(context.Context) error { return nil }) // joins, although another is between
			})
			wantNoError(t, err)
			if told {
				t.Error("told before the outer commit")
			}
			return outcome
		})

		if err != outcome || told != (outcome == nil) {
			t.Errorf("got the error %v and told %v, want %v and %v", err, told, outcome, outcome == nil)
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
