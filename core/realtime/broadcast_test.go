package realtime_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"

	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

func TestBroadcast_isSentAfterTheCommit(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	client := s.visitor()
	client.MustSubscribe("garden.open")
	rec := realtimetest.NewRecorder()

	err := databasetest.Empty(t).InTx(t.Context(), func(ctx context.Context) error {
		for _, rt := range []realtime.Broadcaster{s.hub, rec} {
			if err := openChannel.Broadcast(ctx, rt, Note{Text: "committed"}); err != nil {
				return err
			}
		}
		client.ExpectNothing("garden.open")
		if n := len(rec.Messages()); n != 0 {
			t.Errorf("the recorder received %d messages before the commit", n)
		}
		return nil
	})

	if err != nil {
		t.Fatal(err)
	}
	if got := realtimetest.Next(client, openChannel).Payload.Text; got != "committed" {
		t.Errorf("received %q", got)
	}
	if got := realtimetest.Broadcasts(rec, openChannel); len(got) != 1 || got[0].Text != "committed" {
		t.Errorf("the recorder received %v", got)
	}
}

func TestBroadcast_isNotSentAfterARollback(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	client := s.visitor()
	client.MustSubscribe("garden.open")
	rec := realtimetest.NewRecorder()
	changedMind := errors.New("changed my mind")

	err := databasetest.Empty(t).InTx(t.Context(), func(ctx context.Context) error {
		return errors.Join(
			openChannel.Broadcast(ctx, s.hub, Note{Text: "never"}),
			openChannel.Broadcast(ctx, rec, Note{Text: "never"}),
			changedMind,
		)
	})

	if !errors.Is(err, changedMind) {
		t.Fatal(err)
	}
	client.ExpectNothing("garden.open")
	if n := len(rec.Messages()); n != 0 {
		t.Errorf("the recorder received %d messages", n)
	}
}

func TestBroadcast_failsInTheTransactionIfInvalid(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})

	err := databasetest.Empty(t).InTx(t.Context(), func(ctx context.Context) error {
		return openChannel.Broadcast(ctx, s.hub, Note{})
	})

	if !errors.Is(err, realtime.ErrInvalidPayload) {
		t.Errorf("the transaction ended with %v, want the payload's error", err)
	}
}

func TestBroadcast_keepsTheOrder(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	client := s.visitor()
	client.MustSubscribe("garden.open")

	for n := range 1000 {
		broadcast(t, s.hub, n)
	}

	last := ""
	for n := range 1000 {
		received := realtimetest.Next(client, openChannel)
		if received.Payload.N != n {
			t.Fatalf("received %d, want %d", received.Payload.N, n)
		}
		if received.Meta.ID <= last {
			t.Fatalf("id %s after %s", received.Meta.ID, last)
		}
		last = received.Meta.ID
	}
}

// All subscribers get the messages of a topic in the same order, even from several
// senders.
func TestBroadcast_keepsOneOrderForAll(t *testing.T) {
	t.Parallel()
	const senders, each = 4, 50
	s := open(t, garden{})
	clients := []*realtimetest.Client{s.visitor(), s.visitor(), s.visitor()}
	for _, client := range clients {
		client.MustSubscribe("garden.open")
	}

	var wg sync.WaitGroup
	for sender := range senders {
		wg.Go(func() {
			for n := range each {
				broadcast(t, s.hub, sender*each+n)
			}
		})
	}
	wg.Wait()

	for range senders * each {
		first := realtimetest.Next(clients[0], openChannel)
		for i, client := range clients[1:] {
			if other := realtimetest.Next(client, openChannel); other != first {
				t.Fatalf("client %d received %+v where another received %+v", i+1, other, first)
			}
		}
	}
}

func TestHub_countsSocketsAndSubscriptions(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	ada := s.sessions.signIn("s1", "ada")
	clients := []*realtimetest.Client{s.dial(ada), s.dial(ada), s.visitor()}
	for i, client := range clients {
		client.MustSubscribe("garden.open", "garden.bed."+strconv.Itoa(i))
	}
	_ = clients[2].Subscribe("garden.members")

	stats := s.hub.Stats()

	if stats.Sockets != 3 || stats.Users != 1 || stats.Subscriptions["garden.open"] != 3 || len(stats.Subscriptions) != 4 || stats.Rejections["subscribe"] != 1 {
		t.Errorf("stats %+v", stats)
	}
	for _, client := range clients {
		client.Close()
	}
	eventually(t, "no sockets and topics are left", func() bool {
		stats := s.hub.Stats()
		return stats.Sockets == 0 && stats.Users == 0 && len(stats.Subscriptions) == 0
	})
}
