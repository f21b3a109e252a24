package events_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/events"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/feature"
	"example.com/pergola/migrations"
)

// The killed processes are this test binary, started with this variable.
const childVariable = "PERGOLA_TEST_CHILD"

var kills = flag.Int("kills", 30, "number of processes to kill in TestDispatcher_losesNothingWhenProcessesAreKilled")

func TestMain(m *testing.M) {
	if url := os.Getenv(childVariable); url != "" {
		fmt.Fprintln(os.Stderr, runChild(url))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

type deposit struct {
	ID      string `json:"id" validate:"required"`
	Account string `json:"account" validate:"required"`
	Number  int    `json:"number" validate:"required"`
}

var (
	deposited = events.Define[deposit]("bank.deposit.made")
	counted   = events.Define("bank.deposit.counted", events.OrderBy(func(d deposit) string { return d.Account }))
)

// bank creates a dispatcher with handlers that record their deposits: booked and
// numbered by effectively-once handlers, seen by an at-least-once handler.
func bank(db *database.DB) (*events.Dispatcher, error) {
	write := func(table string) func(context.Context, deposit) error {
		return func(ctx context.Context, d deposit) error {
			_, err := db.Exec(ctx, `insert into `+table+` (id, account, number) values ($1, $2, $3)`, d.ID, d.Account, d.Number)
			return err
		}
	}
	dispatcher, err := events.NewDispatcher(db, events.DispatcherOptions{
		PollInterval: 20 * time.Millisecond, Backoff: func(int) time.Duration { return 10 * time.Millisecond },
	})
	if err != nil {
		return nil, err
	}
	manyAttempts := events.MaxAttempts(10_000)
	return dispatcher, dispatcher.Register([]feature.Manifest{{Name: "bank", Parts: []feature.Part{
		events.Events{deposited, counted},
		events.Handlers{
			events.Handle(deposited, "bank.book", events.Once(db, write("booked")), manyAttempts),
			events.Handle(deposited, "bank.see", write("seen"), manyAttempts),
			events.Handle(counted, "bank.number", events.Once(db, write("numbered")), manyAttempts),
		},
	}}})
}

// runChild publishes and handles events until the process is killed.
func runChild(url string) error {
	ctx := context.Background()
	db, err := database.Open(ctx, url)
	if err != nil {
		return err
	}
	dispatcher, err := bank(db)
	if err != nil {
		return err
	}
	if err := dispatcher.Start(ctx); err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		if err := makeDeposit(ctx, db, dispatcher); err != nil && !errors.Is(err, errRollback) {
			return err
		}
		time.Sleep(rand.N(5 * time.Millisecond)) // leave some CPU time to other tests
	}
}

var errRollback = errors.New("rolled back on purpose")

// makeDeposit inserts a row and publishes an event in a transaction that is rolled
// back every fifth time.
func makeDeposit(ctx context.Context, db *database.DB, outbox events.Outbox) error {
	d := deposit{ID: uuid.NewString(), Account: fmt.Sprint("account ", rand.N(3))}
	return db.InTx(ctx, func(ctx context.Context) error {
		if _, err := db.Exec(ctx, `select pg_advisory_xact_lock(hashtext($1))`, d.Account); err != nil {
			return err
		}
		err := db.QueryRow(ctx, `insert into deposits (id, account, number)
			select $1, $2, coalesce(max(number), 0) + 1 from deposits where account = $2 returning number`, d.ID, d.Account).Scan(&d.Number)
		if err != nil {
			return err
		}
		if err := errors.Join(deposited.Publish(ctx, outbox, d), counted.Publish(ctx, outbox, d)); err != nil {
			return err
		}
		if rand.N(5) == 0 {
			return errRollback
		}
		return nil
	})
}

func TestDispatcher_losesNothingWhenProcessesAreKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for a while")
	}
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	openBank(t, db)

	var wait sync.WaitGroup
	const atOnce = 2
	for range atOnce {
		wait.Go(func() {
			for range *kills / atOnce {
				runAndKill(t, databasetest.URL(t, db), rand.N(250*time.Millisecond))
			}
		})
	}
	wait.Wait()
	for count(t, db, `select count(*) from deposits`) < *kills { // on a busy machine a process gets little done
		runAndKill(t, databasetest.URL(t, db), rand.N(250*time.Millisecond))
	}
	survivor, err := bank(db)
	if err != nil {
		t.Fatal(err)
	}
	eventstest.Start(t, survivor)
	eventstest.Drain(t, survivor)

	deposits := audit(t, db)
	t.Logf("%d deposits, %d killed processes, %d deliveries taken over by other processes", deposits, *kills,
		count(t, db, `select count(*) from river_job where cardinality(errors) > 0 and errors[1] ->> 'error' like 'the process ended%'`))
}

// audit reports deposits that were lost, processed twice or processed out of
// order, and counts the deposits.
func audit(t *testing.T, db *database.DB) (deposits int) {
	t.Helper()
	for question, sql := range map[string]string{
		"committed deposits were not booked":    `select count(*) from deposits where id not in (select id from booked)`,
		"committed deposits were not seen":      `select count(*) from deposits where id not in (select id from seen)`,
		"committed deposits were not numbered":  `select count(*) from deposits where id not in (select id from numbered)`,
		"deposits were booked more than once":   `select count(*) from (select id from booked group by id having count(*) > 1) twice`,
		"deposits were numbered more than once": `select count(*) from (select id from numbered group by id having count(*) > 1) twice`,
		"deposits were rolled back but booked":  `select count(*) from booked where id not in (select id from deposits)`,
		"deposits were rolled back but seen":    `select count(*) from seen where id not in (select id from deposits)`,
		"deposits were numbered out of order":   `select count(*) from (select number - lag(number, 1, 0) over (partition by account order by place) as step from numbered) steps where step <> 1`,
		"deliveries failed":                     `select count(*) from river_job where state in ('discarded', 'cancelled')`,
		"unhandled deliveries have a position":  `select count(*) from events_ordering where job_id in (select id from river_job where state <> 'completed')`,
	} {
		if n := count(t, db, sql); n != 0 {
			t.Errorf("%d %s", n, question)
		}
	}
	return count(t, db, `select count(*) from deposits`)
}

// openBank creates the tables of the bank.
func openBank(t *testing.T, db *database.DB) {
	t.Helper()
	for _, table := range []string{"deposits", "booked", "seen", "numbered"} {
		execute(t, db, `create table `+table+` (place serial, id uuid not null, account text not null, number int not null)`)
	}
}

func TestDispatcher_losesNothingWhenTheServerRestarts(t *testing.T) {
	if testing.Short() {
		t.Skip("runs its own server")
	}
	t.Parallel()
	server := databasetest.NewServer(t, migrations.FS)
	db, err := database.Open(t.Context(), server.URL(), database.WithAcquireTimeout(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	openBank(t, db)
	dispatcher, err := bank(db)
	if err != nil {
		t.Fatal(err)
	}
	if err := dispatcher.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	busy, stop := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	var made atomic.Int32
	for range 4 {
		wait.Go(func() {
			for busy.Err() == nil {
				if makeDeposit(context.WithoutCancel(busy), db, dispatcher) == nil {
					made.Add(1)
				}
				time.Sleep(rand.N(5 * time.Millisecond)) // leave some CPU time to other tests
			}
		})
	}

	for range 3 {
		before := made.Load()
		await(t, "some deposits", func() bool { return made.Load() > before+20 })
		server.Stop()
		server.Start()
	}
	before := made.Load()
	await(t, "deposits after the last restart", func() bool { return made.Load() > before+20 })
	stop()
	wait.Wait()
	var drainErr error
	await(t, "the last delivery", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		drainErr = dispatcher.Drain(ctx)
		return drainErr == nil
	})

	t.Logf("%d deposits", audit(t, db))
	if err := dispatcher.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// runAndKill starts a process and kills it the given time after it is ready.
func runAndKill(t *testing.T, url string, after time.Duration) {
	program := exec.Command(os.Args[0])
	program.Env = append(os.Environ(), childVariable+"="+url)
	var stderr strings.Builder
	program.Stderr = &stderr
	stdout, err := program.StdoutPipe()
	if err == nil {
		err = program.Start()
	}
	if err != nil {
		t.Error(err)
		return
	}
	ready := bufio.NewScanner(stdout).Scan()
	<-time.After(after)
	_ = program.Process.Kill()
	_ = program.Wait()
	if !ready || stderr.Len() > 0 {
		t.Errorf("the process exited on its own: %s", stderr.String())
	}
}
