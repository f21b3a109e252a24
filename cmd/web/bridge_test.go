package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/bridge"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/events"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	_ "example.com/pergola/core/jobs"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
	"example.com/pergola/features/notifications"
	"example.com/pergola/migrations"
)

// inboxTopic returns the topic of the client's inbox.
func inboxTopic(t *testing.T, client *apptest.Client) string {
	t.Helper()
	topic, ok := client.Get("/").Find("#bell").Attr("data-live")
	if !ok {
		t.Fatal("the page has no bell")
	}
	return topic
}

// processSocket opens a socket of a page of processOrigin.
func (s *site) processSocket(t *testing.T, client *apptest.Client) *realtimetest.Client {
	t.Helper()
	header := http.Header{"Origin": {processOrigin}}
	for _, cookie := range client.Cookies() {
		header.Add("Cookie", cookie.String())
	}
	return realtimetest.Dial(t, s.URL, header)
}

// eventsOf returns the names of all events of the application.
func eventsOf(t *testing.T) (names []string) {
	t.Helper()
	application, cleanup, err := production(t.Context(), offlineConfig(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	cleanup()
	for _, part := range feature.PartsOf[events.Events](application.Manifests) {
		for _, event := range part.Part {
			names = append(names, event.Name())
		}
	}
	return names
}

// forwardedEvents lists what the bridge forwards. The duplication is deliberate: it
// makes exposing another event to browsers an explicit decision.
var forwardedEvents = []string{"bridge.blog.article.published.blog.desk"}

func TestBridge_forwardsOnlyListedEvents(t *testing.T) {
	t.Parallel()
	var names []string
	for _, handler := range bridge.Handlers(realtimetest.NewRecorder(), bridgeRules()...) {
		names = append(names, handler.Name())
	}

	if !slices.Equal(names, forwardedEvents) {
		t.Errorf("the bridge forwards %v, want %v", names, forwardedEvents)
	}
}

// One process only serves pages, the other only runs events and jobs. Browsers of
// the first receive what the worker forwards and delivers, and no other events.
func TestBridge_forwardsFromAWorkerProcess(t *testing.T) {
	t.Parallel()
	database := databasetest.URL(t, databasetest.New(t, migrations.FS))
	web := startProcess(t, map[string]string{
		"APP_ENV": "development", "DATABASE_URL": database, "ADDR": "127.0.0.1:0", "BASE_URL": processOrigin,
		"BACKPLANE": "postgres", "WORKERS": "off",
	})
	address := web.waitFor("serving")["address"]
	s := &site{URL: "http://" + address}
	worker := startProcess(t, map[string]string{
		"APP_ENV": "development", "DATABASE_URL": database, "BASE_URL": processOrigin, "BACKPLANE": "postgres",
	}, "work")
	worker.waitFor("working on events and jobs")

	editor, reader, admin := s.signIn(t, ada), s.signIn(t, grace), s.signIn(t, alan)
	desk, phone := s.processSocket(t, editor), s.processSocket(t, reader)
	inbox := inboxTopic(t, reader)
	desk.MustSubscribe("blog.desk")
	phone.MustSubscribe(inbox, notifications.AnnouncementsChannel.Spec().Name)
	names := eventsOf(t)
	for _, name := range names {
		for _, socket := range []*realtimetest.Client{desk, phone} {
			if err := socket.Subscribe(name); !errors.Is(err, fault.Kind("unknown_channel")) {
				t.Errorf("subscribing to the event %s returned %v, want unknown_channel", name, err)
			}
		}
	}

	publish(t, editor, "Roses in November")
	admin.Post("/admin/announcements", url.Values{"title": {"Down on Sunday"}, "text": {"From 8 to 9"}})

	for {
		activity, err := desk.Receive("blog.desk")
		if err != nil {
			t.Fatal(err)
		}
		if got := decoded[blog.DeskActivity](t, activity.Payload); got.Action == blog.ActionPublished && got.Title == "Roses in November" {
			break
		}
	}
	var news []string
	for len(news) < 2 { // in any order
		change, err := phone.Receive(inbox)
		if err != nil {
			t.Fatal(err)
		}
		news = append(news, decoded[notifications.InboxChange](t, change.Payload).News)
	}
	slices.Sort(news)
	if want := []string{"Announcement: Down on Sunday", "New article by Ada Lovelace: Roses in November"}; !slices.Equal(news, want) {
		t.Errorf("the reader's phone received %q, want %q", news, want)
	}
	// The event of the announcement is not listed: readers receive it only on the
	// channel of its feature, with that channel's payload.
	toast, err := phone.Receive(notifications.AnnouncementsChannel.Spec().Name)
	if err != nil {
		t.Fatal(err)
	}
	fields := slices.Sorted(maps.Keys(decoded[map[string]any](t, toast.Payload)))
	if want := []string{"id", "senderName", "sentAt", "text", "title"}; !slices.Equal(fields, want) {
		t.Errorf("the announcement came with %q, want %q", fields, want)
	}
	for _, name := range append(names, notifications.AnnouncementsChannel.Spec().Name) {
		desk.ExpectNothing(name)
		phone.ExpectNothing(name)
	}
}

func decoded[T any](t *testing.T, raw json.RawMessage) (value T) {
	t.Helper()
	if err := json.Unmarshal(raw, &value); err != nil {
		t.Fatalf("read %s: %v", raw, err)
	}
	return value
}
