package realtime_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime"
)

// An authorizer may have allowed a subscription just before the data changed.
func TestRecheck_includesConcurrentSubscriptions(t *testing.T) {
	t.Parallel()
	asked, answer := make(chan struct{}), make(chan struct{})
	var times atomic.Int32
	s := open(t, garden{mayBed: func(context.Context, realtime.Caller) error {
		if times.Add(1) == 1 {
			close(asked)
			<-answer
			return nil
		}
		return fault.Forbidden.New("No longer.")
	}})
	client := s.visitor()
	rejected := make(chan error)
	go func() { rejected <- client.Subscribe("garden.bed.roses") }()
	<-asked

	bedChannel.For("roses").Recheck(t.Context(), s.hub)
	close(answer)

	if err := <-rejected; !errors.Is(err, fault.Forbidden) {
		t.Errorf("subscribed with %v, want the second result", err)
	}
}

func TestRecheck_waitsForTheCommit(t *testing.T) {
	t.Parallel()
	var closed atomic.Bool
	s := open(t, garden{mayBed: func(context.Context, realtime.Caller) error {
		if closed.Load() {
			return fault.Forbidden.New("No longer.")
		}
		return nil
	}})
	client := s.visitor()
	client.MustSubscribe("garden.bed.roses", "garden.bed.tulips")
	closed.Store(true)
	tx := databasetest.Empty(t)

	rolledBack := tx.InTx(t.Context(), func(ctx context.Context) error {
		bedChannel.For("roses").Recheck(ctx, s.hub)
		return errors.New("no")
	})
	if rolledBack == nil || s.hub.Subscribers("garden.bed.roses") != 1 {
		t.Fatal("rechecked, though the transaction rolled back")
	}
	err := tx.InTx(t.Context(), func(ctx context.Context) error {
		bedChannel.For("roses").Recheck(ctx, s.hub)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	if rejection := client.WaitUnsubscribed("garden.bed.roses"); !errors.Is(rejection, fault.Forbidden) {
		t.Errorf("unsubscribed with %v", rejection)
	}
}

// An authorizer takes longer than the time between two rechecks.
func TestRecheck_doesNotDelaySubscriptions(t *testing.T) {
	t.Parallel()
	for name, rechecked := range map[string]string{"of another topic": "tulips", "of the same topic": "roses"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, garden{mayBed: func(context.Context, realtime.Caller) error {
				<-time.After(20 * time.Millisecond)
				return nil
			}})
			s.visitor().MustSubscribe("garden.bed." + rechecked)
			client, done := s.visitor(), make(chan error, 1)
			go func() { done <- client.Subscribe("garden.bed.roses") }()
			ticker := time.NewTicker(5 * time.Millisecond)
			defer ticker.Stop()

			for deadline := time.After(10 * time.Second); ; {
				select {
				case <-ticker.C:
					bedChannel.For(rechecked).Recheck(t.Context(), s.hub)
				case err := <-done:
					if err != nil {
						t.Errorf("subscribe: %v", err)
					}
					return
				case <-deadline:
					t.Fatal("the subscription is not answered")
				}
			}
		})
	}
}

// A socket that joined while its rights kept changing is rechecked.
func TestRecheck_includesSocketsThatJoinDuringManyRechecks(t *testing.T) {
	t.Parallel()
	var closed atomic.Bool
	hub := make(chan *realtime.Hub, 1)
	s := open(t, garden{mayBed: func(ctx context.Context, _ realtime.Caller) error {
		allowed := !closed.Load()
		h := <-hub
		defer func() { hub <- h }()
		closed.Store(true)
		bedChannel.For("roses").Recheck(ctx, h) // every answer is outdated when it is given
		if !allowed {
			return fault.Forbidden.New("No longer.")
		}
		return nil
	}})
	hub <- s.hub

	err := s.visitor().Subscribe("garden.bed.roses")

	if !errors.Is(err, fault.Forbidden) {
		t.Errorf("subscribed with %v, want forbidden", err)
	}
}

func TestRecheck_joinsRequestsForOneTopic(t *testing.T) {
	t.Parallel()
	const sockets, requests = 100, 50
	var questions atomic.Int32
	var slow atomic.Pointer[chan struct{}]
	s := open(t, garden{mayBed: func(context.Context, realtime.Caller) error {
		if wait := slow.Load(); wait != nil {
			<-*wait
		}
		questions.Add(1)
		return nil
	}})
	for range sockets {
		s.visitor().MustSubscribe("garden.bed.roses")
	}
	questions.Store(0)
	wait := make(chan struct{})
	slow.Store(&wait)

	for range requests {
		bedChannel.For("roses").Recheck(t.Context(), s.hub)
	}
	close(wait)

	eventually(t, "the last request was followed", func() bool { return questions.Load() == 2*sockets })
	bedChannel.For("roses").Recheck(t.Context(), s.hub)
	eventually(t, "another one was followed", func() bool { return questions.Load() >= 3*sockets })
	if n := questions.Load(); n != 3*sockets {
		t.Errorf("%d requests at once and one more asked %d questions, want %d", requests, n, 3*sockets)
	}
}

// The answer to the later question counts, whichever arrives first.
func TestRecheck_newerAnswerWins(t *testing.T) {
	t.Parallel()
	asked, answer := make(chan struct{}), make(chan struct{})
	var times atomic.Int32
	s := open(t, garden{mayBed: func(context.Context, realtime.Caller) error {
		if times.Add(1) == 2 { // the first recheck, which is slow
			close(asked)
			<-answer
			return fault.Forbidden.New("Not at that time.")
		}
		return nil
	}})
	client := s.dial(s.sessions.signIn("s1", "ada"))
	client.MustSubscribe("garden.bed.roses")
	bedChannel.For("roses").Recheck(t.Context(), s.hub)
	<-asked

	client.MustSubscribe("garden.bed.roses") // allowed now
	close(answer)
	bedChannel.For("roses").Recheck(t.Context(), s.hub) // runs after the slow one
	eventually(t, "the second recheck has run", func() bool { return times.Load() == 4 })

	if n := s.hub.Subscribers("garden.bed.roses"); n != 1 {
		t.Errorf("%d subscribers, want 1: an older answer removed the subscription", n)
	}
}
