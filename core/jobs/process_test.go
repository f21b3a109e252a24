package jobs_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/jobs/jobstest"
	"example.com/pergola/migrations"
)

// The child processes are this test binary, started with these variables: the
// role, and the URL of the database.
const processVariable = "PERGOLA_TEST_PROCESS"

func TestMain(m *testing.M) {
	role, url, isChild := strings.Cut(os.Getenv(processVariable), " ")
	if !isChild {
		os.Exit(m.Run())
	}
	if err := runChild(role, url); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type parcel struct {
	ID    int           `json:"id" validate:"required"`
	Takes time.Duration `json:"takes"`
}

type bell struct{}

var (
	carryJob = jobs.Define[parcel]("post.carry", jobs.MaxAttempts(1))
	ringJob  = jobs.Define[bell]("post.ring")
)

// post creates a worker that carries parcels, each for some time, and rings every
// second if rings is true.
func post(db *database.DB, rings bool) (*jobs.Worker, error) {
	worker, err := jobs.NewWorker(db, jobs.WorkerOptions{PollInterval: 20 * time.Millisecond})
	if err != nil {
		return nil, err
	}
	var schedules jobs.Schedules
	if rings {
		schedules = jobs.Schedules{jobs.Schedule(ringJob, jobs.Every(time.Second), bell{})}
	}
	return worker, worker.Register([]feature.Manifest{{Name: "post", Parts: []feature.Part{
		jobs.Jobs{carryJob, ringJob}, schedules,
		jobs.Handlers{
			jobs.Handle(ringJob, func(context.Context, bell) error { return nil }),
			jobs.Handle(carryJob, func(ctx context.Context, p parcel) error {
				select {
				case <-time.After(p.Takes):
				case <-ctx.Done():
					return ctx.Err()
				}
				_, err := db.Exec(context.WithoutCancel(ctx), `insert into carried (id) values ($1)`, p.ID)
				return err
			}),
		},
	}}})
}

// runChild works until the process receives SIGTERM, and then stops like the
// application, within a short time.
func runChild(role, url string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	db, err := database.Open(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close()
	worker, err := post(db, role == "ring")
	if err != nil {
		return err
	}
	if err := worker.Start(ctx); err != nil {
		return err
	}
	fmt.Println("ready")
	<-ctx.Done()
	soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), 50*time.Millisecond)
	defer cancel()
	return worker.Stop(soon)
}

// process is a running child process.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stderr strings.Builder
}

func startProcess(t *testing.T, role, url string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), processVariable+"="+role+" "+url)
	p.cmd.Stderr = &p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if !bufio.NewScanner(stdout).Scan() {
		_ = p.cmd.Wait()
		t.Fatalf("the process exited on its own: %s", p.stderr.String())
	}
	return p
}

// end sends a signal and waits. After SIGTERM the process must exit without an
// error.
func (p *process) end(by syscall.Signal) {
	_ = p.cmd.Process.Signal(by)
	if err := p.cmd.Wait(); by == syscall.SIGTERM && err != nil {
		p.t.Errorf("the process ended with %v: %s", err, p.stderr.String())
	}
}

func TestWorker_finishesOrReturnsRunningJobsWhenProcessesStop(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and stops processes for a while")
	}
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	execute(t, db, `create table carried (id int not null)`)
	publisher, err := post(db, false)
	if err != nil {
		t.Fatal(err)
	}
	const parcels = 400
	for n := range parcels {
		takes := rand.N(20 * time.Millisecond)
		if n%10 == 0 {
			takes = 500 * time.Millisecond // longer than a process may take to stop
		}
		if err := carryJob.Enqueue(t.Context(), publisher, parcel{ID: n + 1, Takes: takes}); err != nil {
			t.Fatal(err)
		}
	}

	const ends = 6
	for range ends {
		p := startProcess(t, "carry", databasetest.URL(t, db))
		before := count(t, db, `select count(*) from carried`)
		await(t, "some work", func() bool { return count(t, db, `select count(*) from carried`) > before+5 })
		p.end(syscall.SIGTERM)
		if left := count(t, db, `select count(*) from river_job where state = 'running'`); left != 0 {
			t.Errorf("%d jobs are still listed as running although the process has stopped", left)
		}
	}
	jobstest.Start(t, publisher)
	jobstest.Drain(t, publisher)

	for what, sql := range map[string]string{
		"jobs are not done":             `select count(*) from river_job where state <> 'completed'`,
		"parcels were not carried":      `select ` + fmt.Sprint(parcels) + ` - count(distinct id) from carried`,
		"parcels were carried twice":    `select count(*) from (select id from carried group by id having count(*) > 1) twice`,
		"jobs have errors":              `select count(*) from river_job where cardinality(errors) > 0`,
		"jobs count a canceled attempt": `select count(*) from river_job where attempt > 1`,
	} {
		if n := count(t, db, sql); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
}

func TestWorker_enqueuesEachTickOnceWhileProcessesComeAndGo(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes for a while")
	}
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	execute(t, db, `create table carried (id int not null)`)
	execute(t, db, `create table ticks (tick timestamptz not null)`)
	execute(t, db, `create function note_tick() returns trigger language plpgsql as $$
		begin insert into ticks values (new.last_tick); return new; end $$`)
	execute(t, db, `create trigger note_tick after update on jobs_schedules for each row execute function note_tick()`)
	url := databasetest.URL(t, db)
	lasting := startProcess(t, "ring", url)

	const many = 15
	killed := 0
	for count(t, db, `select count(*) from ticks`) < many { // while other processes are killed
		other := startProcess(t, "ring", url)
		<-time.After(rand.N(1500 * time.Millisecond))
		other.end(syscall.SIGKILL)
		killed++
	}
	lasting.end(syscall.SIGTERM)

	ticks, different := count(t, db, `select count(*) from ticks`), count(t, db, `select count(distinct tick) from ticks`)
	rung := count(t, db, `select count(*) from river_job where kind = 'post.ring'`)
	if different != ticks || rung != ticks {
		t.Errorf("%d ticks (%d distinct) enqueued %d jobs, want one each", ticks, different, rung)
	}
	t.Logf("%d ticks over %d seconds, one job each, with %d killed processes", ticks,
		count(t, db, `select 1 + extract(epoch from max(tick) - min(tick))::int from ticks`), killed)
}
