package eventadmin_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/events"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/eventadmin"
)

func (s *site) publish(names ...string) {
	s.t.Helper()
	err := s.DB.InTx(s.t.Context(), func(ctx context.Context) error {
		for _, name := range names {
			if err := plantedEvent.Publish(ctx, s.outbox, plant{Name: name}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// settled waits until every delivery is done or has failed.
func (s *site) settled() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	if err := s.outbox.Drain(ctx); err != nil {
		s.t.Fatal(err)
	}
}

// event is the newest that was published.
func (s *site) event() events.Published {
	s.t.Helper()
	published, err := s.outbox.Published(s.t.Context(), events.PublishedQuery{})
	if err != nil || len(published) == 0 {
		s.t.Fatalf("got %+v and error %v, want an event", published, err)
	}
	return published[0]
}

func TestEvents_areForAdministrators(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.user("Ada", auth.RoleEditor)

	for _, path := range []string{"/admin/events", "/admin/events/deliveries"} {
		if page := s.As(auth.User{}).Get(path); !strings.HasPrefix(page.Path, "/sign-in") {
			t.Errorf("a visitor of %s is led to %s, want the sign-in", path, page.Path)
		}
		if page := s.As(editor).Get(path); page.Status != http.StatusForbidden {
			t.Errorf("an editor: status %d for %s, want 403", page.Status, path)
		}
	}
	for _, action := range []string{"replay", "retry", "cancel"} {
		path := "/admin/events/deliveries/1/" + action
		if page := s.As(editor).Post(path, url.Values{}); page.Status != http.StatusForbidden {
			t.Errorf("POST %s by an editor: status %d, want 403", path, page.Status)
		}
	}
	if err := s.Socket(editor).Subscribe("eventadmin.activity"); !errors.Is(err, fault.Forbidden) {
		t.Errorf("an editor subscribing gets %v, want fault.Forbidden", err)
	}
	if _, err := s.listEvents(auth.WithUser(t.Context(), editor), eventadmin.ListEventsInput{}); !errors.Is(err, fault.Forbidden) {
		t.Errorf("ListEvents by an editor = %v, want fault.Forbidden", err)
	}
	if s.log.String() != "" {
		t.Errorf("something was changed: %s", s.log)
	}
}

func TestEvents_showsEventsAndTheirDeliveries(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish("fern", "stone")
	s.settled()

	page := s.show("/admin/events")

	rows := texts(page, "[data-event]")
	if len(rows) != 2 || !strings.HasPrefix(rows[0], "garden.plant.planted failed garden.dig done garden.sing") ||
		!strings.HasPrefix(rows[1], "garden.plant.planted done garden.dig done garden.sing") {
		t.Errorf("the events are %q, want the stone first, which one handler failed", rows)
	}
	stone := s.show(page.Find("[data-event] a").First().AttrOr("href", ""))
	if got := text(stone, `[data-handler="garden.dig"] [data-error]`); !strings.Contains(got, "a <stone> is not a plant") {
		t.Errorf("the error is %q", got)
	}
	if got := text(stone, `[data-handler="garden.dig"] [data-stack]`); !strings.Contains(got, "events.Handler.Deliver") {
		t.Errorf("the stack is %q, want the handler that failed", got)
	}
	if got := text(stone, "pre"); !strings.Contains(got, `"name": "stone"`) {
		t.Errorf("the payload is %q", got)
	}
	if rows := texts(s.show("/admin/events?event=garden.nothing"), "[data-event]"); len(rows) != 0 {
		t.Errorf("of an unknown event: %q", rows)
	}
	for _, path := range []string{"/admin/events/none", "/admin/events?older=none", "/admin/events/deliveries?state=dreaming"} {
		if page := s.As(s.admin).Get(path); page.Status != http.StatusNotFound && !strings.Contains(path, "older") {
			t.Errorf("%s: status %d, want 404", path, page.Status)
		}
	}
}

func TestDeliveries_showsHandlersAndFailures(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish("fern", "stone")
	s.settled()

	page := s.show("/admin/events/deliveries?state=failed")

	handlers := strings.Join(texts(page, "tr[data-handler]"), "|")
	if want := "garden.dig handles garden.plant.planted Waiting 0 Running 0 Retrying 0 Failed 1|garden.sing handles garden.plant.planted Waiting 0 Running 0 Retrying 0 Failed 0"; handlers != want {
		t.Errorf("the handlers are\n%s, want\n%s", handlers, want)
	}
	rows := texts(page, "tr[data-delivery]")
	if len(rows) != 1 || !strings.Contains(rows[0], "garden.dig") || !strings.Contains(rows[0], "a <stone> is not a plant") {
		t.Errorf("the failed ones are %q, want that of the stone", rows)
	}
	if rows := texts(s.show("/admin/events/deliveries?handler=garden.sing"), "tr[data-delivery]"); len(rows) != 2 {
		t.Errorf("those of a handler are %q, want two", rows)
	}
}

func TestDelivery_isReplayed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish("stone")
	s.settled()
	event := s.event()
	failed := event.Deliveries[0]

	answer := s.press(s.show("/admin/events/"+event.ID), "/admin/events/deliveries/"+failed.ID+"/replay")

	s.eventually("it has failed again", func() bool { return s.event().Deliveries[0].FinishedAt.After(failed.FinishedAt) })
	again := s.event().Deliveries[0]
	if answer.Path != "/admin/events/"+event.ID || again.ID != failed.ID || !again.FinishedAt.After(failed.FinishedAt) {
		t.Errorf("it leads to %s, and the delivery is %+v; want it to have failed again", answer.Path, again)
	}
	if log := s.log.String(); !strings.Contains(log, "replayed a delivery") || !strings.Contains(log, s.admin.ID) {
		t.Errorf("the log says %q, want the delivery and the administrator", log)
	}
}

func TestDelivery_isRetriedOrCanceled(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish("weed")
	s.eventually("it waits for its next attempt", func() bool { return s.event().Deliveries[0].State == events.Retrying })
	event := s.event()
	retrying := event.Deliveries[0]
	page := s.show("/admin/events/" + event.ID)

	s.press(page, "/admin/events/deliveries/"+retrying.ID+"/retry")
	s.eventually("it has failed again", func() bool {
		delivery := s.event().Deliveries[0]
		return delivery.Attempts == 2 && delivery.State == events.Retrying
	})
	s.press(page, "/admin/events/deliveries/"+retrying.ID+"/cancel")

	if canceled := s.event().Deliveries[0]; canceled.State != events.Failed || !strings.Contains(canceled.Error, "canceled") {
		t.Errorf("the delivery is %+v, want it to say that it was canceled", canceled)
	}
}

func TestActivityChannel_announcesChanges(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.Socket(s.admin)
	admin.MustSubscribe("eventadmin.activity")

	s.publish("stone")

	for realtimetest.Next(admin, eventadmin.ActivityChannel).Payload.Failed != 1 {
	}
	before, err := s.broadcast(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.broadcast(t.Context(), before); err != nil || again != before {
		t.Errorf("the revision is %q, then %q without a change, error %v", before, again, err)
	}
}

// A page fetches its region after each message: both must agree.
func TestEvents_regionsMatchTheirPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish("fern")
	s.settled()

	for _, path := range []string{"/admin/events", "/admin/events/" + s.event().ID, "/admin/events/deliveries?handler=garden.dig"} {
		page := s.show(path)
		region := page.Find(`[data-live="eventadmin.activity"]`)
		shown, _ := region.Html()
		fetched, _ := s.show(region.AttrOr("data-live-refresh", "")).Find("body").Html()
		if region.AttrOr("data-live-insert", "") != "replace" || strings.TrimSpace(shown) != strings.TrimSpace(fetched) {
			t.Errorf("%s shows\n%s\nand its region is\n%s", path, shown, fetched)
		}
	}
}
