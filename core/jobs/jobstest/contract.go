package jobstest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
)

// Settings are what a test of the contract wants of a worker.
type Settings struct {
	Backoff  func(attempt int) time.Duration
	Reporter observe.Reporter
	Queues   map[string]int // how many jobs of a queue run at once
}

// Subject is a worker under test, neither sealed nor started, and the
// transactor that its jobs are enqueued with.
type Subject struct {
	Worker jobs.Worker
	Tx     database.Transactor
}

// TestWorker tests that a worker keeps the contract of package jobs. open makes
// a new one for each test and cleans up after it.
func TestWorker(t *testing.T, open func(t *testing.T, settings Settings) Subject) {
	for name, test := range contract {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(&trial{t: t, open: open})
		})
	}
}

// contract is every test by its name.
var contract = merged(enqueueTests, optionTests, payloadTests, failureTests, inspectTests, stopTests)

func merged(groups ...map[string]func(*trial)) map[string]func(*trial) {
	all := map[string]func(*trial){}
	for _, group := range groups {
		maps.Copy(all, group)
	}
	return all
}

type chore struct {
	ID    string  `json:"id" validate:"required"`
	Text  string  `json:"text,omitempty" validate:"max=2000000"`
	Score float64 `json:"score,omitempty"`
}

var (
	washJob   = jobs.Define[chore]("chores.wash")
	cookJob   = jobs.Define[chore]("chores.cook", jobs.OnQueue("kitchen"), jobs.Priority(3), jobs.MaxAttempts(2))
	shopJob   = jobs.Define[chore]("chores.shop", jobs.UniqueBy("list"), jobs.MaxAttempts(1))
	impatient = jobs.Define[chore]("chores.knock", jobs.Timeout(10*time.Millisecond), jobs.MaxAttempts(1))
	whisper   = jobs.Define[chore]("chores.whisper", jobs.Private())
)

// trial is one test of one worker.
type trial struct {
	t        *testing.T
	open     func(*testing.T, Settings) Subject
	settings Settings // Queues and Backoff, if a test wants them
	Subject
	reported journal
}

// patience is for a machine with other things to do; nothing takes so long.
const patience = 30 * time.Second

// prepare seals a worker that does every job by do, and leaves it to be
// started.
func (r *trial) prepare(do func(context.Context, chore) error, schedules ...jobs.Plan) {
	r.t.Helper()
	if r.settings.Backoff == nil {
		r.settings.Backoff = func(int) time.Duration { return time.Millisecond }
	}
	r.Subject = r.open(r.t, Settings{
		Backoff:  r.settings.Backoff,
		Reporter: observe.NewReporter(func(_ context.Context, f observe.Failure) { r.reported.add(f.Location.Name) }),
		Queues:   r.settings.Queues,
	})
	if err := r.Worker.Seal(manifests(do, schedules...)); err != nil {
		r.t.Fatalf("seal: %v", err)
	}
}

func manifests(do func(context.Context, chore) error, schedules ...jobs.Plan) []feature.Manifest {
	return []feature.Manifest{{Name: "chores", Parts: []feature.Part{
		jobs.Jobs{washJob, cookJob, shopJob, impatient, whisper},
		jobs.Handlers{jobs.Handle(washJob, do), jobs.Handle(cookJob, do), jobs.Handle(shopJob, do), jobs.Handle(impatient, do), jobs.Handle(whisper, do)},
		jobs.Schedules(schedules),
	}}}
}

// start starts a prepared worker and stops it after the test.
func (r *trial) start() {
	r.t.Helper()
	if err := r.Worker.Start(r.t.Context()); err != nil {
		r.t.Fatalf("start: %v", err)
	}
	r.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := r.Worker.Stop(ctx); err != nil {
			r.t.Errorf("stop: %v", err)
		}
	})
}

func (r *trial) run(do func(context.Context, chore) error, schedules ...jobs.Plan) {
	r.t.Helper()
	r.prepare(do, schedules...)
	r.start()
}

func (r *trial) enqueue(job jobs.Job[chore], id string, options ...jobs.Option) {
	r.t.Helper()
	if err := job.Enqueue(r.t.Context(), r.Worker, chore{ID: id}, options...); err != nil {
		r.t.Fatalf("enqueue: %v", err)
	}
}

// insert stores a payload as an older or a newer program would have.
func (r *trial) insert(payload string) {
	r.t.Helper()
	entry := jobs.Entry{
		Job: washJob.Name(), Payload: []byte(payload),
		Queue: jobs.DefaultQueue, Priority: jobs.DefaultPriority,
		MaxAttempts: jobs.DefaultMaxAttempts, Timeout: jobs.DefaultTimeout,
	}
	if err := r.Worker.Insert(r.t.Context(), entry); err != nil {
		r.t.Fatalf("insert: %v", err)
	}
}

func (r *trial) drain() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	if err := r.Worker.Drain(ctx); err != nil {
		r.t.Fatalf("drain: %v", err)
	}
}

func (r *trial) failures() []jobs.Failure {
	r.t.Helper()
	failures, err := r.Worker.Failures(r.t.Context())
	if err != nil {
		r.t.Fatalf("failures: %v", err)
	}
	return failures
}

func (r *trial) expect(what string, got *journal, want ...string) {
	r.t.Helper()
	if all := got.all(); !slices.Equal(all, want) {
		r.t.Errorf("%s: got %q, want %q", what, all, want)
	}
}

// wait returns when the journal has the line.
func (r *trial) wait(j *journal, line string) {
	r.t.Helper()
	deadline := time.After(patience)
	for !j.has(line) {
		select {
		case <-time.After(time.Millisecond):
		case <-deadline:
			r.t.Fatalf("waited in vain for %q, got %q", line, j.all())
		}
	}
}

// journal is what happened, in order.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
}

func (j *journal) all() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.lines)
}

func (j *journal) has(line string) bool { return slices.Contains(j.all(), line) }

// into is a handler that notes the ids that it gets.
func (j *journal) into(_ context.Context, c chore) error {
	j.add(c.ID)
	return nil
}

var errNotYet = errors.New("not yet")
