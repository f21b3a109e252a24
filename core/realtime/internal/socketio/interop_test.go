package socketio

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// interopHandler handles the events of the official client's scenarios.
func interopHandler(r *rig) {
	r.onConnect = func(c *Conn) *Rejection {
		if c.Request().URL.Query().Get("as") == "nobody" {
			return &Rejection{Code: "unauthenticated", Message: "Please sign in."}
		}
		return nil
	}
	r.onEvent = func(c *Conn, event Event) {
		switch event.Name {
		case "echo", "7", "0", "-1", "2.5":
			c.Answer(event, event.Attachments, event.Args...)
		case "back":
			c.Send(NewEvent("back", event.Args...))
		case "leave":
			c.Shut(NewEvent("bye", raw(`"last words"`)))
		case "break":
			c.fail(ReasonLost)
		case "ask me":
			go func() {
				ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
				defer cancel()
				answer, err := c.Ask(ctx, "what", event.Args...)
				data, _ := json.Marshal(answer)
				if err != nil {
					data, _ = json.Marshal(err.Error())
				}
				c.Ack(event, data)
			}()
		}
	}
}

// TestInterop_withTheOfficialClient runs the scenarios in testdata/interop.
func TestInterop_withTheOfficialClient(t *testing.T) {
	t.Parallel()
	manifest, err := filepath.Abs("../../../../web/package.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(manifest), "node_modules", "socket.io-client")); err != nil {
		t.Fatalf("the official client is not installed: run npm ci in web/ (%v)", err)
	}
	for _, scenario := range []string{
		"acknowledgments both ways",
		"timeouts both ways",
		"binary data both ways",
		"the order of 10,000 messages both ways",
		"a rejection with its message",
		"long polling, which is not offered",
		"the option protocols",
		"events with numbers as names",
		"a namespace that does not exist",
		"the last message before a disconnect",
		"a reconnect after a network failure",
		"a disconnect by the client",
		"pings",
		"large messages",
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			options := longTimeouts()
			options.Attachments = 10
			if scenario == "pings" {
				options.PingInterval = 100 * time.Millisecond
			}
			r := startRig(t, options, interopHandler)
			out, err := exec.CommandContext(t.Context(), "node", "testdata/interop/scenarios.mjs", manifest, r.http.URL, scenario).CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
