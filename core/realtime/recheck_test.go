package realtime_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

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
