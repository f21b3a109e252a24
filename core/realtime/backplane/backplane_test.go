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

// sockets writes down what the sockets of a process would be told.
type sockets struct {
	mu   sync.Mutex
	told []string
}

func (s *sockets) add(parts ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, strings.TrimSpace(fmt.Sprintln(parts...)))
}

func (s *sockets) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.told)
}

func (s *sockets) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.told)
}

func (s *sockets) Broadcast(ctx context.Context, message realtime.Message) error {
	database.AfterCommit(ctx, func(context.Context) { s.add(message.Topic, string(message.JSON)) })
	return nil
}

func (s *sockets) Recheck(_ context.Context, topic string)              { s.add("recheck", topic) }
func (s *sockets) SessionEnded(_ context.Context, session string)       { s.add("ended", session) }
func (s *sockets) UserSignedOut(_ context.Context, user string)         { s.add("signed out", user) }
func (s *sockets) RolesChanged(_ context.Context, u string, r []string) { s.add("roles", u, r) }
func (s *sockets) Reconnect()                                           { s.add("renew") }
func (s *sockets) ReconnectUser(user string)                            { s.add("renew", user) }

// planes are all backplanes: what is promised is promised of each.
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

// process is one of several.
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

func say(t *testing.T, relay *backplane.Relay, topic, json string) {
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

		say(t, here, "garden.open", `{"n":1}`)
		say(t, here, "garden.open", `{"n":1}`) // the same once more is another message
		here.Recheck(t.Context(), "garden.bed.1")
		here.SessionEnded(t.Context(), "session-1")
		here.UserSignedOut(t.Context(), "ada")
		here.RolesChanged(t.Context(), "ada", []string{"editor", "reader"})

		want := []string{`garden.open {"n":1}`, `garden.open {"n":1}`, "recheck garden.bed.1", "ended session-1", "signed out ada"}
		expect(t, mine, append(want, "roles ada [editor reader]")...)
		expect(t, others, append(want, "renew ada")...) // whoever hears of roles late asks what they are
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
			say(t, here, "garden.open", payload)
		}

		expect(t, others, want...)
	})
}

func TestRelay_sendsNothingOfATransactionThatIsRolledBack(t *testing.T) {
	t.Parallel()
	planes(t, func(t *testing.T, db *database.DB, plane func() backplane.Backplane) {
		here, _ := process(t, plane())
		_, others := process(t, plane())
		broadcast := func(text string, result error) {
			_ = db.InTx(t.Context(), func(ctx context.Context) error {
				return errors.Join(here.Broadcast(ctx, realtime.Message{Topic: "garden.open", JSON: []byte(text)}), result)
			})
		}

		broadcast(`1`, errors.New("no"))
		broadcast(`2`, nil)

		expect(t, others, "garden.open 2")
	})
}

func TestRelay_reconnectsAfterALostConnection(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	here, _ := process(t, backplane.NewPostgres(db, discard))
	_, others := process(t, backplane.NewPostgres(db, discard))
	say(t, here, "garden.open", `"before"`)
	expect(t, others, `garden.open "before"`)

	_, err := db.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity
		where datname = current_database() and query like 'listen %'`)
	if err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "the other to hear again", func() bool {
		say(t, here, "garden.open", `"after"`)
		return slices.Contains(others.all(), `garden.open "after"`)
	})

	// What was said meanwhile is gone, so its sockets come back before it goes on.
	if told := others.all(); !slices.Equal(told[:3], []string{`garden.open "before"`, "renew", `garden.open "after"`}) {
		t.Errorf("got %.200q", told)
	}
}

// Whoever was not told everything has its sockets come back, once, when all the
// rest has been sent.
func TestRelay_reconnectsSocketsAfterADroppedMessage(t *testing.T) {
	t.Parallel()
	planes(t, func(t *testing.T, db *database.DB, plane func() backplane.Backplane) {
		_, others := process(t, plane())
		crowded, mine := plane(), &sockets{}
		here := backplane.NewRelay(mine, crowded, discard)
		said := 0
		for ; crowded.Measures().Dropped == 0; said++ { // nothing is sent before it is started
			here.SessionEnded(t.Context(), "session")
		}

		if err := here.Start(t.Context()); err != nil {
			t.Fatal(err)
		}

		waitUntil(t, "the others to hear what was not dropped", func() bool { return others.count() == said })
		if n := strings.Count(strings.Join(others.all(), "\n"), "renew"); n != 1 {
			t.Errorf("of %d messages one was dropped; the sockets of others were asked to come back %d times, want once", said, n)
		}
		if err := here.Stop(t.Context()); err != nil || mine.count() != said {
			t.Errorf("the own sockets were told %d times, want %d; error %v", mine.count(), said, err)
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
			say(t, here, "garden.open", fmt.Sprint(n))
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

// overheard are the notifications that go over the wire, until one of them holds
// the text.
func overheard(t *testing.T, db *database.DB, until string, do func()) (payloads []string) {
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

	payloads := overheard(t, db, `"last"`, func() {
		for range many {
			say(t, here, "garden.open", `"leaf"`)
		}
		say(t, here, "garden.open", `"last"`)
	})

	if len(payloads) > many/10 {
		t.Errorf("%d messages went in %d notifications, want many in each", many, len(payloads))
	}
}

func TestRelay_sendsLargeMessagesByID(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	here, _ := process(t, backplane.NewPostgres(db, discard))
	_, others := process(t, backplane.NewPostgres(db, discard))
	large := `"` + strings.Repeat("leaf ", 20_000) + `"`

	payloads := overheard(t, db, `"last"`, func() {
		say(t, here, "garden.open", large)
		say(t, here, "garden.open", `"last"`)
	})

	if text := strings.Join(payloads, "\n"); strings.Contains(text, "leaf leaf") || !strings.Contains(text, `"stored":"`) {
		t.Errorf("the wire carries %.300q, want an id", text)
	}
	expect(t, others, "garden.open "+large, `garden.open "last"`)
}
