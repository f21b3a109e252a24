package backplane_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/backplane"
	"example.com/pergola/migrations"
)

// sockets records what the sockets of a process would receive.
type sockets struct {
	mu       sync.Mutex
	received []string
}

func (s *sockets) add(parts ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received = append(s.received, strings.TrimSpace(fmt.Sprintln(parts...)))
}

func (s *sockets) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.received)
}

func (s *sockets) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.received)
}

func (s *sockets) Broadcast(ctx context.Context, message realtime.Message) error {
	database.AfterCommit(ctx, func(context.Context) { s.add(message.Topic, string(message.JSON)) })
	return nil
}

func (s *sockets) Recheck(_ context.Context, topic string)              { s.add("recheck", topic) }
func (s *sockets) SessionEnded(_ context.Context, session string)       { s.add("ended", session) }
func (s *sockets) UserSignedOut(_ context.Context, user string)         { s.add("signed out", user) }
func (s *sockets) RolesChanged(_ context.Context, u string, r []string) { s.add("roles", u, r) }
func (s *sockets) Reconnect()                                           { s.add("reconnect") }
func (s *sockets) ReconnectUser(user string)                            { s.add("reconnect", user) }

// planes runs the test with each backplane, because all give the same guarantees.
func planes(t *testing.T, test func(t *testing.T, db *database.DB, plane func() backplane.Backplane)) {
	t.Helper()
	t.Run("Postgres", func(t *testing.T) {
		t.Parallel()
		db := databasetest.New(t, migrations.FS)
		test(t, db, func() backplane.Backplane { return backplane.NewPostgres(db, discard) })
	})
	t.Run("Redis", func(t *testing.T) {
		t.Parallel()
		server := startRedis(t)
		test(t, databasetest.New(t, migrations.FS), func() backplane.Backplane { return server.plane(t) })
	})
}

var discard = slog.New(slog.DiscardHandler)

// process starts a relay for one of several processes.
func process(t *testing.T, plane backplane.Backplane) (*backplane.Relay, *sockets) {
	t.Helper()
	local := &sockets{}
	relay := backplane.NewRelay(local, plane, discard)
	if err := relay.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := relay.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return relay, local
}

func broadcast(t *testing.T, relay *backplane.Relay, topic, json string) {
	t.Helper()
	if err := relay.Broadcast(t.Context(), realtime.Message{Channel: topic, Topic: topic, JSON: []byte(json)}); err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, s *sockets, want ...string) {
	t.Helper()
	deadline := time.After(time.Minute)
	for len(s.all()) < len(want) {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			t.Fatalf("got only %.500q", s.all())
		}
	}
	if got := s.all(); !slices.Equal(got, want) {
		t.Errorf("got %d lines %.500q, want %d lines %.500q", len(got), got, len(want), want)
	}
}

func TestRelay_reachesTheSocketsOfEveryProcessOnce(t *testing.T) {
	t.Parallel()
	planes(t, func(t *testing.T, db *database.DB, plane func() backplane.Backplane) {
		here, mine := process(t, plane())
		_, others := process(t, plane())

		broadcast(t, here, "garden.open", `{"n":1}`)
		broadcast(t, here, "garden.open", `{"n":1}`) // an equal message is not dropped
		here.Recheck(t.Context(), "garden.bed.1")
		here.SessionEnded(t.Context(), "session-1")
		here.UserSignedOut(t.Context(), "ada")
		here.RolesChanged(t.Context(), "ada", []string{"editor", "reader"})

		want := []string{`garden.open {"n":1}`, `garden.open {"n":1}`, "recheck garden.bed.1", "ended session-1", "signed out ada"}
		expect(t, mine, append(want, "roles ada [editor reader]")...)
		expect(t, others, append(want, "reconnect ada")...) // roles may have changed again, so sockets reconnect
	})
}

func TestRelay_keepsTheOrderOfMessagesOfAnySize(t *testing.T) {
	t.Parallel()
	planes(t, func(t *testing.T, db *database.DB, plane func() backplane.Backplane) {
		here, _ := process(t, plane())
		_, others := process(t, plane())
		var want []string

		for n := range 400 {
			size := []int{1, 200, 7_400, 7_600, 300_000}[n%5]
			payload := fmt.Sprintf(`{"n":%d,"text":"%s"}`, n, strings.Repeat("é", size/2))
			if n%5 == 4 && n > 20 {
				payload = fmt.Sprintf(`{"n":%d}`, n)
			}
			want = append(want, "garden.open "+payload)
			broadcast(t, here, "garden.open", payload)
		}

		expect(t, others, want...)
	})
}

func TestRelay_sendsNothingOfATransactionThatIsRolledBack(t *testing.T) {
	t.Parallel()
	planes(t, func(t *testing.T, db *database.DB, plane func() backplane.Backplane) {
		here, _ := process(t, plane())
		_, others := process(t, plane())
		broadcastInTx := func(text string, result error) {
			_ = db.InTx(t.Context(), func(ctx context.Context) error {
				return errors.Join(here.Broadcast(ctx, realtime.Message{Topic: "garden.open", JSON: []byte(text)}), result)
			})
		}

		broadcastInTx(`1`, errors.New("no"))
		broadcastInTx(`2`, nil)

		expect(t, others, "garden.open 2")
	})
}

func TestRelay_reconnectsAfterALostConnection(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	here, _ := process(t, backplane.NewPostgres(db, discard))
	_, others := process(t, backplane.NewPostgres(db, discard))
	broadcast(t, here, "garden.open", `"before"`)
	expect(t, others, `garden.open "before"`)

	_, err := db.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity
		where datname = current_database() and query like 'listen %'`)
	if err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "a message to reach the other process", func() bool {
		broadcast(t, here, "garden.open", `"after"`)
		return slices.Contains(others.all(), `garden.open "after"`)
	})

	// Messages were lost in the meantime, so the sockets reconnect first.
	if received := others.all(); !slices.Equal(received[:3], []string{`garden.open "before"`, "reconnect", `garden.open "after"`}) {
		t.Errorf("got %.200q", received)
	}
}

// After a dropped message, the sockets of other processes reconnect once, after all
// remaining messages have arrived.
func TestRelay_reconnectsSocketsAfterADroppedMessage(t *testing.T) {
	t.Parallel()
	planes(t, func(t *testing.T, db *database.DB, plane func() backplane.Backplane) {
		_, others := process(t, plane())
		crowded, mine := plane(), &sockets{}
		here := backplane.NewRelay(mine, crowded, discard)
		sent := 0
		for ; crowded.Metrics().Dropped == 0; sent++ { // nothing is sent before Start
			here.SessionEnded(t.Context(), "session")
		}

		if err := here.Start(t.Context()); err != nil {
			t.Fatal(err)
		}

		waitUntil(t, "the remaining messages to arrive", func() bool { return others.count() == sent })
		if n := strings.Count(strings.Join(others.all(), "\n"), "reconnect"); n != 1 {
			t.Errorf("one of %d messages was dropped; the sockets of the other process reconnected %d times, want once", sent, n)
		}
		if err := here.Stop(t.Context()); err != nil || mine.count() != sent {
			t.Errorf("the sockets of this process got %d messages, want %d; error %v", mine.count(), sent, err)
		}
	})
}

func TestRelay_withoutABackplaneBroadcastsLocally(t *testing.T) {
	t.Parallel()
	local := &sockets{}
	relay := backplane.NewRelay(local, nil, slog.New(slog.DiscardHandler))

	err := errors.Join(relay.Start(t.Context()), relay.Broadcast(t.Context(), realtime.Message{Topic: "garden.open", JSON: []byte(`1`)}), relay.Stop(t.Context()))

	if err != nil {
		t.Error(err)
	}
	expect(t, local, "garden.open 1")
}

func TestRelay_flushesBeforeItStops(t *testing.T) {
	t.Parallel()
	planes(t, func(t *testing.T, db *database.DB, plane func() backplane.Backplane) {
		here, _ := process(t, plane())
		_, others := process(t, plane())

		for n := range 1000 {
			broadcast(t, here, "garden.open", fmt.Sprint(n))
		}
		if err := here.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}

		want := make([]string, 1000)
		for n := range want {
			want[n] = fmt.Sprint("garden.open ", n)
		}
		expect(t, others, want...)
	})
}

// notifications returns the payloads that Postgres delivers while do runs, until one
// contains the text.
func notifications(t *testing.T, db *database.DB, until string, do func()) (payloads []string) {
	t.Helper()
	conn, err := db.Pool().Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Exec(t.Context(), "listen realtime_backplane"); err != nil {
		t.Fatal(err)
	}
	do()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		notification, err := conn.Conn().WaitForNotification(ctx)
		if err != nil {
			t.Fatal(err)
		}
		payloads = append(payloads, notification.Payload)
		if strings.Contains(notification.Payload, until) {
			return payloads
		}
	}
}

func TestRelay_batchesMessages(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	here, _ := process(t, backplane.NewPostgres(db, discard))
	const many = 2000

	payloads := notifications(t, db, `"last"`, func() {
		for range many {
			broadcast(t, here, "garden.open", `"leaf"`)
		}
		broadcast(t, here, "garden.open", `"last"`)
	})

	if len(payloads) > many/10 {
		t.Errorf("%d messages were sent in %d notifications, want at most a tenth", many, len(payloads))
	}
}

func TestRelay_sendsLargeMessagesByID(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	here, _ := process(t, backplane.NewPostgres(db, discard))
	_, others := process(t, backplane.NewPostgres(db, discard))
	large := `"` + strings.Repeat("leaf ", 20_000) + `"`

	payloads := notifications(t, db, `"last"`, func() {
		broadcast(t, here, "garden.open", large)
		broadcast(t, here, "garden.open", `"last"`)
	})

	if text := strings.Join(payloads, "\n"); strings.Contains(text, "leaf leaf") || !strings.Contains(text, `"stored":"`) {
		t.Errorf("the notifications are %.300q, want only an id", text)
	}
	expect(t, others, "garden.open "+large, `garden.open "last"`)
}
