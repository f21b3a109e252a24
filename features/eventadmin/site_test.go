package eventadmin_test

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
	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/eventadmin"
	"example.com/pergola/migrations"
)

// site is a running application with the event pages and a garden whose events
// can be followed.
type site struct {
	*apptest.App
	*realtimetest.Server
	t          testing.TB
	admin      auth.User
	listEvents eventadmin.ListEvents
	broadcast  eventadmin.BroadcastActivity
	log        *lockedBuffer
	outbox     *events.Dispatcher
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{t: t, log: &lockedBuffer{}}
	s.admin = s.user("Alan", auth.RoleAdmin)
	s.App = apptest.New(t, migrations.FS, func(infra *apptest.Infrastructure) []feature.Manifest {
		s.Server = realtimetest.NewServer(infra)
		s.startDispatcher(infra.DB)
		logger := slog.New(slog.NewTextHandler(s.log, nil))
		s.listEvents = eventadmin.NewListEvents(s.outbox)
		s.broadcast = eventadmin.NewBroadcastActivity(s.outbox, s.Hub)
		f := &eventadmin.Feature{
			ListEvents:        s.listEvents,
			ReadEvent:         eventadmin.NewReadEvent(s.outbox),
			ListDeliveries:    eventadmin.NewListDeliveries(s.outbox),
			RetryDelivery:     eventadmin.NewRetryDelivery(s.outbox, logger),
			CancelDelivery:    eventadmin.NewCancelDelivery(s.outbox, logger),
			ReplayDelivery:    eventadmin.NewReplayDelivery(s.outbox, logger),
			BroadcastActivity: s.broadcast,
			Respond:           infra.Respond,
			Sessions:          infra.Sessions,
		}
		return []feature.Manifest{f.Manifest()}
	})
	return s
}

// startDispatcher delivers the garden's events: unlike the application's
// dispatcher, it keeps failed deliveries waiting for their retry.
func (s *site) startDispatcher(db *database.DB) {
	s.t.Helper()
	var err error
	s.outbox, err = events.NewDispatcher(db, events.DispatcherOptions{Backoff: func(int) time.Duration { return time.Hour }})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx := context.Background()
	if err := errors.Join(s.outbox.Register([]feature.Manifest{gardenManifest()}), s.outbox.Start(ctx)); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		ctx, cancel := context.WithCancel(ctx)
		cancel() // ends the handlers that run
		if err := s.outbox.Stop(ctx); err != nil {
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

// press submits the form with this action on a page.
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

// text returns the text of the elements that match a selector.
func text(page apptest.Page, selector string) string { return words(page.Find(selector)) }

// texts returns the text of each element that matches a selector.
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

// plant is the payload of the garden's event. Its name decides what happens:
// digging a "weed" fails and is retried, and digging a "stone" fails for good.
type plant struct {
	Name string `json:"name" validate:"required"`
}

var plantedEvent = events.Define[plant]("garden.plant.planted")

func gardenManifest() feature.Manifest {
	return feature.Manifest{Name: "garden", Parts: []feature.Part{
		events.Events{plantedEvent},
		events.Handlers{
			events.Handle(plantedEvent, "garden.dig", dig),
			events.Handle(plantedEvent, "garden.sing", func(context.Context, plant) error { return nil }),
		},
	}}
}

func dig(_ context.Context, p plant) error {
	switch p.Name {
	case "weed":
		return errors.New("it grows again")
	case "stone":
		return events.GiveUp(errors.New("a <stone> is not a plant"))
	}
	return nil
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
