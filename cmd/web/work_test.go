// <with:events|jobs,realtime/>

package main

import (
	"bytes"   // <with:blog/>
	"context" // <with:blog/>
	"os"      // <with:blog/>
	"strings"
	"testing"

	"example.com/pergola/core/realtime/realtimetest" // <with:blog/>
	"example.com/pergola/features/blog"              // <with:blog/>
)

// <with:blog>

// apart is the configuration of a process that only serves.
func apart(config *Config) { config.ServeOnly, config.Backplane = true, BackplanePostgres }

func TestWork_reachesTheBrowsersOfAnotherProcess(t *testing.T) {
	t.Parallel()
	s := startSite(t, apart)
	editor := s.signIn(t, ada)
	desk := s.socket(t, editor)
	desk.MustSubscribe("blog.desk")
	publish(t, editor, "Roses in November") // which nobody handles yet

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

// </with:blog>

func TestWork_startsOnlyWhereItCanBeHeard(t *testing.T) {
	t.Parallel()
	env := map[string]string{"DATABASE_URL": "postgres://localhost/none", "BASE_URL": "http://localhost", "SMTP_URL": "off"}

	code, _, stderr := runCommand(t, env, "work")
	if code != 1 || !strings.Contains(stderr, "BACKPLANE") {
		t.Errorf("web work without a backplane: code %d, %q", code, stderr)
	}

	env["WORKERS"] = "off"
	code, _, stderr = runCommand(t, env)
	if code != 1 || !strings.Contains(stderr, "BACKPLANE") {
		t.Errorf("web with WORKERS=off and no backplane: code %d, %q", code, stderr)
	}
}
