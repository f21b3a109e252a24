package socketio

import (
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestHeartbeat_disconnectsSilentClients(t *testing.T) {
	t.Parallel()
	options := longTimeouts()
	options.PingInterval, options.PingTimeout = 200*time.Millisecond, 300*time.Millisecond
	r := startRig(t, options)
	c := r.dial()
	started := time.Now()

	if err := expect(c, "2"); err != nil {
		t.Fatal(err)
	}
	reason := r.wait()

	if took := time.Since(started); reason != ReasonSilent || took < 400*time.Millisecond {
		t.Errorf("ended as %s after %v", reason, took)
	}
}

// All clients that respond stay connected, even on an overloaded machine.
func TestHeartbeat_keepsClientsThatRespond(t *testing.T) {
	t.Parallel()
	clients := 2_000
	if testing.Short() || raceEnabled {
		clients = 500
	}
	options := longTimeouts()
	options.PingInterval, options.PingTimeout, options.ConnectTimeout = 500*time.Millisecond, 20*time.Second, 5*time.Minute
	r := startRig(t, options)
	var wg sync.WaitGroup
	errs := make(chan error, clients)
	for range clients {
		c := r.dialOpen()
		wg.Go(func() { errs <- answerPings(c, 4) })
	}

	wg.Wait()

	for range clients {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
}

func answerPings(c *websocket.Conn, n int) error {
	for range n {
		if err := firstError(expect(c, "2"), send(c, "3")); err != nil {
			return err
		}
	}
	return nil
}

// A pong that has arrived counts even if it was not read yet because of a slow handler.
func TestHeartbeat_countsUnreadPongs(t *testing.T) {
	t.Parallel()
	options := longTimeouts()
	options.PingInterval, options.PingTimeout = 100*time.Millisecond, 100*time.Millisecond
	held := make(chan struct{})
	var once sync.Once
	r := startRig(t, options, func(r *rig) {
		r.onEvent = func(c *Conn, event Event) {
			once.Do(func() { <-held })
			c.Ack(event, raw("1"))
		}
	})
	c := r.dial()
	server := r.all()[0]
	if err := firstError(send(c, `42["hold"]`), expect(c, "2"), send(c, "3")); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "the pong is overdue", func() error {
		server.mu.Lock()
		defer server.mu.Unlock()
		if !server.heart.late {
			return errSilent
		}
		return nil
	})

	close(held)

	if err := answerPings(c, 2); err != nil {
		t.Error(err)
	}
}
