package jobadmin_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/jobadmin"
	"example.com/pergola/migrations"
)

// site is a running application with the job pages and a garden whose jobs can
// be followed.
type site struct {
	*apptest.App
	*realtimetest.Server
	t         testing.TB
	admin     auth.User
	listJobs  jobadmin.ListJobs
	broadcast jobadmin.BroadcastActivity
	log       *lockedBuffer
	garden    garden
	queue     *jobs.Worker
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{t: t, log: &lockedBuffer{}, garden: garden{begun: make(chan string, 100), release: make(chan struct{})}}
	s.admin = s.user("Alan", auth.RoleAdmin)
	s.App = apptest.New(t, migrations.FS, func(infra *apptest.Infrastructure) []feature.Manifest {
		s.Server = realtimetest.NewServer(infra)
		s.startQueue(infra.DB)
		logger := slog.New(slog.NewTextHandler(s.log, nil))
		s.listJobs = jobadmin.NewListJobs(s.queue)
		s.broadcast = jobadmin.NewBroadcastActivity(s.queue, s.Hub)
		f := &jobadmin.Feature{
			ListJobs:          s.listJobs,
			ReadJob:           jobadmin.NewReadJob(s.queue),
			RetryJob:          jobadmin.NewRetryJob(s.queue, logger),
			CancelJob:         jobadmin.NewCancelJob(s.queue, logger),
			ReplayJob:         jobadmin.NewReplayJob(s.queue, logger),
			PauseQueue:        jobadmin.NewPauseQueue(s.queue, logger),
			ResumeQueue:       jobadmin.NewResumeQueue(s.queue, logger),
			BroadcastActivity: s.broadcast,
			Respond:           infra.Respond,
			Sessions:          infra.Sessions,
		}
		return []feature.Manifest{f.Manifest()}
	})
	return s
}

// startQueue runs the garden's jobs on a queue of their own: unlike the
// application's, it keeps failed jobs waiting for their retry.
func (s *site) startQueue(db *database.DB) {
	s.t.Helper()
	var err error
	s.queue, err = jobs.NewWorker(db, jobs.WorkerOptions{Backoff: func(int) time.Duration { return time.Hour }})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx := context.Background()
	if err := errors.Join(s.queue.Register([]feature.Manifest{s.garden.manifest()}), s.queue.Start(ctx)); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		ctx, cancel := context.WithCancel(ctx)
		cancel() // ends the jobs that run
		if err := s.queue.Stop(ctx); err != nil {
			s.t.Error(err)
		}
	})
}

// user is a user of the test.
func (s *site) user(name string, roles ...string) auth.User {
	return auth.User{
		ID:    uuid.Must(uuid.NewV7()).String(),
		Email: strings.ToLower(name) + "@example.com",
		Name:  name,
		Roles: append([]string{auth.RoleReader}, roles...),
	}
}

// show gets a page as an administrator.
func (s *site) show(path string) apptest.Page {
	s.t.Helper()
	page := s.As(s.admin).Get(path)
	if page.Status != http.StatusOK {
		s.t.Fatalf("%s: status %d: %s", path, page.Status, page.Find("main").Text())
	}
	return page
}

// eventually waits for a condition.
func (s *site) eventually(what string, met func() bool) {
	s.t.Helper()
	for deadline := time.After(30 * time.Second); !met(); {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			s.t.Fatalf("timed out waiting until %s", what)
		}
	}
}

// press sends the form of a page that has this action.
func (s *site) press(page apptest.Page, action string) apptest.Page {
	s.t.Helper()
	form := page.Find(`form[action="` + action + `"]`)
	if form.Length() != 1 {
		s.t.Fatalf("the page has %d forms for %s: %s", form.Length(), action, page.Find("main").Text())
	}
	answer := s.As(s.admin).Submit(page, `form[action="`+action+`"]`, nil)
	if answer.Status != http.StatusOK {
		s.t.Fatalf("%s: status %d: %s", action, answer.Status, answer.Find("main").Text())
	}
	return answer
}

// text is the text of what a selector finds on a page.
func text(page apptest.Page, selector string) string { return words(page.Find(selector)) }

// texts is the text of each element that a selector finds.
func texts(page apptest.Page, selector string) []string {
	return page.Find(selector).Map(func(_ int, found *goquery.Selection) string { return words(found) })
}

// words joins all texts within with single spaces, as a reader sees them.
func words(selection *goquery.Selection) string {
	var all []string
	selection.Contents().Each(func(_ int, node *goquery.Selection) {
		if goquery.NodeName(node) == "#text" {
			all = append(all, strings.Fields(node.Text())...)
		} else {
			all = append(all, strings.Fields(words(node))...)
		}
	})
	return strings.Join(all, " ")
}

// plant is the payload of the garden's jobs. Its name decides what happens:
// work on a "weed" fails and is retried, on a "stone" it fails for good, and on
// "slow" it waits for the release.
type plant struct {
	Name string `json:"name" validate:"required"`
}

// garden is a feature whose work the tests follow.
type garden struct {
	begun   chan string
	release chan struct{}
}

func (g *garden) work(ctx context.Context, p plant) error {
	switch p.Name {
	case "weed":
		return errors.New("it grows again")
	case "stone":
		return jobs.GiveUp(errors.New("a <stone> is not a plant"))
	case "slow":
		g.begun <- p.Name
		select {
		case <-g.release:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

var (
	waterJob = jobs.Define[plant]("garden.water", jobs.MaxAttempts(3))
	pruneJob = jobs.Define[plant]("garden.prune", jobs.OnQueue("tools"), jobs.MaxAttempts(1))
	writeJob = jobs.Define[plant]("garden.write", jobs.Private())
)

func (g *garden) manifest() feature.Manifest {
	return feature.Manifest{Name: "garden", Parts: []feature.Part{
		jobs.Jobs{waterJob, pruneJob, writeJob},
		jobs.Handlers{jobs.Handle(waterJob, g.work), jobs.Handle(pruneJob, g.work), jobs.Handle(writeJob, g.work)},
	}}
}

// lockedBuffer is a log that a test reads while the application writes.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(line)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
