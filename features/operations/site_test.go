package operations_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/operations"
)

// site is a running application with operations in it, and a garden whose
// channels can be heard.
type site struct {
	*apptest.App
	t       testing.TB
	users   accounts.Users
	admin   auth.User
	readNow operations.ReadOverview
	tell    operations.TellOfWork
	log     *journal
	garden  garden
	queue   *jobs.Memory
	outbox  *events.Memory
}

type note struct {
	Text string `json:"text"`
}

var (
	openChannel = realtime.DefineChannel[note]("garden.open", realtime.Public)
	deskChannel = realtime.DefineChannel[note]("garden.desk", realtime.Role(auth.RoleEditor))
	bedChannel  = realtime.DefineUserChannel[note]("garden.bed.{userId}")
)

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{t: t, log: &journal{}, garden: garden{begun: make(chan string, 100), release: make(chan struct{})}}
	s.App = apptest.New(t, func(edges apptest.Edges) []feature.Manifest {
		s.users = accounts.NewMemoryUsers(edges.Memory)
		s.readNow = operations.NewReadOverview(edges.Hub, accounts.NewFindUsers(s.users))
		s.work()
		logger := slog.New(slog.NewTextHandler(s.log, nil))
		s.tell = operations.NewTellOfWork(s.queue, s.outbox, edges.Hub)
		return []feature.Manifest{
			{Name: "garden", Parts: []feature.Part{realtime.Channels{openChannel, deskChannel, bedChannel}}},
			operations.New(operations.Deps{
				ReadOverview:   s.readNow,
				TellAdmins:     operations.NewTellAdmins(edges.Hub, edges.Hub),
				ListJobs:       operations.NewListJobs(s.queue),
				ReadJob:        operations.NewReadJob(s.queue),
				RetryJob:       operations.NewRetryJob(s.queue, logger),
				CancelJob:      operations.NewCancelJob(s.queue, logger),
				ReplayJob:      operations.NewReplayJob(s.queue, logger),
				PauseQueue:     operations.NewPauseQueue(s.queue, logger),
				ResumeQueue:    operations.NewResumeQueue(s.queue, logger),
				ListEvents:     operations.NewListEvents(s.outbox),
				ReadEvent:      operations.NewReadEvent(s.outbox),
				ListDeliveries: operations.NewListDeliveries(s.outbox),
				RetryDelivery:  operations.NewRetryDelivery(s.outbox, logger),
				CancelDelivery: operations.NewCancelDelivery(s.outbox, logger),
				ReplayDelivery: operations.NewReplayDelivery(s.outbox, logger),
				TellOfWork:     s.tell,
				Hub:            edges.Hub,
				Respond:        edges.Respond,
				Sessions:       edges.Sessions,
				Reporter:       observe.NewLogReporter(slog.New(slog.DiscardHandler)),
			}).Manifest(),
		}
	})
	s.admin = s.user("Alan", auth.RoleAdmin)
	return s
}

// work starts the jobs and events of the garden, which is not the application's
// own: there, what failed is tried again at once.
func (s *site) work() {
	s.t.Helper()
	later := func(int) time.Duration { return time.Hour }
	s.queue = jobs.NewMemory(jobs.MemoryOptions{Backoff: later})
	s.outbox = events.NewMemory(events.MemoryOptions{Backoff: later})
	manifests := []feature.Manifest{s.garden.manifest()}
	ctx := context.Background()
	if err := errors.Join(s.queue.Seal(manifests), s.outbox.Seal(manifests), s.queue.Start(ctx), s.outbox.Start(ctx)); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		ctx, cancel := context.WithCancel(ctx)
		cancel() // what runs is told to end
		if err := errors.Join(s.queue.Stop(ctx), s.outbox.Stop(ctx)); err != nil {
			s.t.Error(err)
		}
	})
}

// user is somebody with an account.
func (s *site) user(name string, roles ...string) auth.User {
	s.t.Helper()
	user := auth.User{
		ID:    uuid.Must(uuid.NewV7()).String(),
		Email: strings.ToLower(name) + "@example.com",
		Name:  name,
		Roles: append([]string{auth.RoleReader}, roles...),
	}
	now := time.Now()
	created, err := s.users.Create(s.t.Context(), accounts.User{
		ID: user.ID, Email: user.Email, Name: name, Roles: user.Roles, CreatedAt: now, UpdatedAt: now,
	})
	if err != nil || !created {
		s.t.Fatalf("create %s: %v, %v", user.Email, created, err)
	}
	return user
}

// live is the page as the administrator sees it.
func (s *site) live(query string) apptest.Page {
	s.t.Helper()
	page := s.As(s.admin).Get("/admin/live" + query)
	if page.Status != 200 {
		s.t.Fatalf("/admin/live%s answered %d: %s", query, page.Status, page.Find("main").Text())
	}
	return page
}

// text is what a selector finds on a page.
func text(in interface {
	Find(string) *goquery.Selection
}, selector string) string {
	return words(in.Find(selector))
}

// texts are those of each thing that a selector finds.
func texts(page apptest.Page, selector string) []string {
	return page.Find(selector).Map(func(_ int, found *goquery.Selection) string { return words(found) })
}

// words are the words of all texts within, as a reader sees them apart.
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
