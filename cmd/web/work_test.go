package main

import (
	"bytes"
	"context"
	"os"
	"testing"

	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

// serveOnly configures a process that handles no events and runs no jobs.
func serveOnly(config *Config) { config.ServeOnly, config.Backplane = true, BackplanePostgres }

func TestWork_broadcastsToBrowsersOfAnotherProcess(t *testing.T) {
	t.Parallel()
	s := startSite(t, serveOnly)
	editor := s.signIn(t, ada)
	desk := s.socket(t, editor)
	desk.MustSubscribe("blog.desk")
	publish(t, editor, "Roses in November") // no process handles the event yet

	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	env := environmentOf(map[string]string{
		"DATABASE_URL": s.config.DatabaseURL, "BASE_URL": s.URL, "BACKPLANE": "postgres", "SMTP_URL": "off", "LOG_LEVEL": "error",
	})
	go func() { ended <- run(ctx, []string{"work"}, env, &bytes.Buffer{}, os.Stderr) }()

	for {
		activity := realtimetest.Next(desk, blog.DeskChannel).Payload
		if activity.Action == blog.ActionPublished && activity.Title == "Roses in November" {
			break
		}
	}
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("web work ended with code %d, want 0", code)
	}
}
