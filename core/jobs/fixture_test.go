package jobs_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/jobs/jobstest"
	"example.com/pergola/core/observe"
	"example.com/pergola/migrations"
)

type chore struct {
	ID    string  `json:"id" validate:"required"`
	Text  string  `json:"text,omitempty" validate:"max=2000000"`
	Score float64 `json:"score,omitempty"`
}

var (
	washJob    = jobs.Define[chore]("chores.wash")
	cookJob    = jobs.Define[chore]("chores.cook", jobs.OnQueue("kitchen"), jobs.Priority(3), jobs.MaxAttempts(2))
	shopJob    = jobs.Define[chore]("chores.shop", jobs.UniqueBy("list"), jobs.MaxAttempts(1))
	knockJob   = jobs.Define[chore]("chores.knock", jobs.Timeout(10*time.Millisecond), jobs.MaxAttempts(1))
	whisperJob = jobs.Define[chore]("chores.whisper", jobs.Private())
)

// fixture is a worker on its own database, with retries without delay.
type fixture struct {
	t        *testing.T
	db       *database.DB
	options  jobs.WorkerOptions
	queues   jobs.Queues
	worker   *jobs.Worker
	reported calls // names of the spans whose failures were reported
}

func newFixture(t *testing.T) *fixture {
	f := &fixture{t: t, db: databasetest.New(t, migrations.FS), options: jobstest.Options()}
	f.options.Reporter = observe.NewReporter(func(_ context.Context, failure observe.Failure) { f.reported.add(failure.Location.Name) })
	return f
}

// open creates a worker that has no handlers.
func (f *fixture) open() {
	f.t.Helper()
	worker, err := jobs.NewWorker(f.db, f.options)
	if err != nil {
		f.t.Fatal(err)
	}
	f.worker = worker
}

// register creates a worker that handles every job with do. It is not started.
func (f *fixture) register(do func(context.Context, chore) error, schedules ...jobs.ScheduledJob) {
	f.t.Helper()
	f.open()
	all := manifests(do, schedules...)
	all[0].Parts = append(all[0].Parts, f.queues)
	if err := f.worker.Register(all); err != nil {
		f.t.Fatalf("register: %v", err)
	}
}

func manifests(do func(context.Context, chore) error, schedules ...jobs.ScheduledJob) []feature.Manifest {
	return []feature.Manifest{{Name: "chores", Parts: []feature.Part{
		jobs.Jobs{washJob, cookJob, shopJob, knockJob, whisperJob},
		jobs.Handlers{jobs.Handle(washJob, do), jobs.Handle(cookJob, do), jobs.Handle(shopJob, do), jobs.Handle(knockJob, do), jobs.Handle(whisperJob, do)},
		jobs.Schedules(schedules),
	}}}
}

func (f *fixture) start() {
	f.t.Helper()
	jobstest.Start(f.t, f.worker)
}

// run creates a worker that handles every job with do, and starts it.
func (f *fixture) run(do func(context.Context, chore) error, schedules ...jobs.ScheduledJob) {
	f.t.Helper()
	f.register(do, schedules...)
	f.start()
}

func (f *fixture) enqueue(job jobs.Job[chore], id string, options ...jobs.Option) {
	f.t.Helper()
	if err := job.Enqueue(f.t.Context(), f.worker, chore{ID: id}, options...); err != nil {
		f.t.Fatalf("enqueue: %v", err)
	}
}

// insert stores a payload as an older or newer program would have.
func (f *fixture) insert(payload string) {
	f.t.Helper()
	entry := jobs.Entry{
		Job: washJob.Name(), Payload: []byte(payload),
		Queue: jobs.DefaultQueue, Priority: jobs.DefaultPriority,
		MaxAttempts: jobs.DefaultMaxAttempts, Timeout: jobs.DefaultTimeout,
	}
	if err := f.worker.Insert(f.t.Context(), entry); err != nil {
		f.t.Fatalf("insert: %v", err)
	}
}

func (f *fixture) drain() {
	f.t.Helper()
	jobstest.Drain(f.t, f.worker)
}

func (f *fixture) failures() []jobs.Record {
	f.t.Helper()
	return f.list(jobs.Query{State: jobs.Failed})
}

func (f *fixture) want(what string, got *calls, want ...string) {
	f.t.Helper()
	if all := got.all(); !slices.Equal(all, want) {
		f.t.Errorf("%s: got %q, want %q", what, all, want)
	}
}

// wait returns when the call was recorded.
func (f *fixture) wait(c *calls, line string) {
	f.t.Helper()
	await(f.t, "the call "+line, func() bool { return c.has(line) })
}

// calls records what happened, in order.
type calls struct {
	mu    sync.Mutex
	lines []string
}

func (c *calls) add(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, line)
}

func (c *calls) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.lines)
}

func (c *calls) has(line string) bool { return slices.Contains(c.all(), line) }

// record is a handler that records the ids it receives.
func (c *calls) record(_ context.Context, ch chore) error {
	c.add(ch.ID)
	return nil
}

var errNotYet = errors.New("not yet")

func execute(t *testing.T, db *database.DB, sql string, args ...any) {
	t.Helper()
	if _, err := db.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, db *database.DB, sql string) (n int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// await polls until the condition is met.
func await(t *testing.T, what string, met func() bool) {
	t.Helper()
	for deadline := time.After(time.Minute); !met(); {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			t.Fatalf("timed out waiting for %s", what)
		}
	}
}
