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
	"example.com/pergola/core/feature"
	"example.com/pergola/migrations"
)

// The processes that are killed are this test's own program, started with this
// variable.
const mortalVariable = "PERGOLA_TEST_MORTAL"

var kills = flag.Int("kills", 30, "how many processes TestPostgres_losesNothingWhenProcessesAreKilled kills")

func TestMain(m *testing.M) {
	if url := os.Getenv(mortalVariable); url != "" {
		fmt.Fprintln(os.Stderr, live(url))
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

// bank is a dispatcher whose handlers write down what they do: booked and
// numbered by effectively-once handlers, heard by one that is at least once.
func bank(db *database.DB) (*events.Postgres, error) {
	write := func(table string) func(context.Context, deposit) error {
		return func(ctx context.Context, d deposit) error {
			_, err := db.Exec(ctx, `insert into `+table+` (id, account, number) values ($1, $2, $3)`, d.ID, d.Account, d.Number)
			return err
		}
	}
	dispatcher, err := events.NewPostgres(db, events.PostgresOptions{
		Poll: 20 * time.Millisecond, Backoff: func(int) time.Duration { return 10 * time.Millisecond },
	})
	if err != nil {
		return nil, err
	}
	patient := events.MaxAttempts(10_000)
	return dispatcher, dispatcher.Seal([]feature.Manifest{{Name: "bank", Parts: []feature.Part{
		events.Events{deposited, counted},
		events.Handlers{
			events.Handle(deposited, "bank.book", events.Once(db, write("booked")), patient),
			events.Handle(deposited, "bank.hear", write("heard"), patient),
			events.Handle(counted, "bank.number", events.Once(db, write("numbered")), patient),
		},
	}}})
}

// live publishes and handles until the process is killed.
func live(url string) error {
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
	fmt.Println("alive")
	for {
		if err := makeDeposit(ctx, db, dispatcher); err != nil && !errors.Is(err, errChangedMind) {
			return err
		}
		time.Sleep(rand.N(5 * time.Millisecond)) // leaves the machine to others
	}
}

var errChangedMind = errors.New("rolled back on purpose")

// makeDeposit writes a row and publishes that it did, in a transaction that is
// rolled back every fifth time.
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
			return errChangedMind
		}
		return nil
	})
}

func TestPostgres_losesNothingWhenProcessesAreKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for some time")
	}
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	openBank(t, db)

	var wait sync.WaitGroup
	const atOnce = 2
	for range atOnce {
		wait.Go(func() {
			for range *kills / atOnce {
				liveAndDie(t, databasetest.URL(t, db), rand.N(250*time.Millisecond))
			}
		})
	}
	wait.Wait()
	for count(t, db, `select count(*) from deposits`) < *kills { // on a busy machine little is done in a life
		liveAndDie(t, databasetest.URL(t, db), rand.N(250*time.Millisecond))
	}
	survivor, err := bank(db)
	if err != nil {
		t.Fatal(err)
	}
	start(t, survivor)
	drained(t, survivor)

	deposits := audit(t, db)
	t.Logf("%d deposits, %d killed processes, %d deliveries that others took over", deposits, *kills,
		count(t, db, `select count(*) from river_job where cardinality(errors) > 0 and errors[1] ->> 'error' like 'the process ended%'`))
}

// audit finds what was lost, done twice or done out of order, and counts the
// deposits.
func audit(t *testing.T, db *database.DB) (deposits int) {
	t.Helper()
	for question, sql := range map[string]string{
		"committed deposits were not booked":      `select count(*) from deposits where id not in (select id from booked)`,
		"committed deposits were not heard of":    `select count(*) from deposits where id not in (select id from heard)`,
		"committed deposits were not numbered":    `select count(*) from deposits where id not in (select id from numbered)`,
		"deposits were booked more than once":     `select count(*) from (select id from booked group by id having count(*) > 1) twice`,
		"deposits were numbered more than once":   `select count(*) from (select id from numbered group by id having count(*) > 1) twice`,
		"deposits were rolled back but booked":    `select count(*) from booked where id not in (select id from deposits)`,
		"deposits were rolled back but heard of":  `select count(*) from heard where id not in (select id from deposits)`,
		"deposits were numbered out of order":     `select count(*) from (select number - lag(number, 1, 0) over (partition by account order by place) as step from numbered) steps where step <> 1`,
		"deliveries are listed as failed":         `select count(*) from river_job where state in ('discarded', 'cancelled')`,
		"deliveries are left in a lane unhandled": `select count(*) from events_lanes where job_id in (select id from river_job where state <> 'completed')`,
	} {
		if n := count(t, db, sql); n != 0 {
			t.Errorf("%d %s", n, question)
		}
	}
	return count(t, db, `select count(*) from deposits`)
}

// openBank makes the tables of the bank.
func openBank(t *testing.T, db *database.DB) {
	t.Helper()
	for _, table := range []string{"deposits", "booked", "heard", "numbered"} {
		execute(t, db, `create table `+table+` (place serial, id uuid not null, account text not null, number int not null)`)
	}
}

func TestPostgres_losesNothingWhenTheServerIsRestarted(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a server of its own")
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
	busy, enough := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	var made atomic.Int32
	for range 4 {
		wait.Go(func() {
			for busy.Err() == nil {
				if makeDeposit(context.WithoutCancel(busy), db, dispatcher) == nil {
					made.Add(1)
				}
				time.Sleep(rand.N(5 * time.Millisecond)) // leaves the machine to others
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
	enough()
	wait.Wait()
	var drainErr error
	await(t, "quiet", func() bool {
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

// liveAndDie runs a process and kills it so long after it has come to life.
func liveAndDie(t *testing.T, url string, age time.Duration) {
	program := exec.Command(os.Args[0])
	program.Env = append(os.Environ(), mortalVariable+"="+url)
	var complaints strings.Builder
	program.Stderr = &complaints
	said, err := program.StdoutPipe()
	if err == nil {
		err = program.Start()
	}
	if err != nil {
		t.Error(err)
		return
	}
	alive := bufio.NewScanner(said).Scan()
	<-time.After(age)
	_ = program.Process.Kill()
	_ = program.Wait()
	if !alive || complaints.Len() > 0 {
		t.Errorf("the process ended by itself: %s", complaints.String())
	}
}
