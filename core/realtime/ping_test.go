package realtime_test

import (
	"context"
	"testing"

	"example.com/pergola/core/realtime"
)

func TestPing_isAcknowledgedWhileAHandlerIsBusy(t *testing.T) {
	t.Parallel()
	busy, done := make(chan struct{}), make(chan struct{})
	s := open(t, garden{onNote: func(context.Context, Note, realtime.Caller) error {
		close(busy)
		<-done
		return nil
	}})
	client := s.dial(s.sessions.signIn("s1", "ada"))
	noted := make(chan error, 1)
	go func() { noted <- client.Emit("garden.members", Note{Text: "x"}) }()
	<-busy

	if err := client.EmitJSON("ping", "null"); err != nil {
		t.Errorf("ping: %v", err)
	}

	close(done)
	if err := <-noted; err != nil {
		t.Errorf("the busy handler: %v", err)
	}
}
