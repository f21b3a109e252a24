package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	_ "example.com/pergola/core/events"
	_ "example.com/pergola/core/jobs"
	_ "example.com/pergola/core/realtime"
	_ "example.com/pergola/features/blog"          // the pages under test
	_ "example.com/pergola/features/notifications" // the pages under test
)

var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```")

// The commands in the guide start the processes it describes.
func TestEventsGuide_startsProcesses(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/guides/events-and-jobs.md")
	if err != nil {
		t.Fatal(err)
	}
	database := startSite(t).config.DatabaseURL
	started := 0
	for _, block := range shellBlock.FindAllStringSubmatch(string(guide), -1) {
		for line := range strings.Lines(block[1]) {
			env := map[string]string{
				"DATABASE_URL": database, "BASE_URL": processOrigin, "ADDR": "127.0.0.1:0", "SMTP_URL": "off",
			}
			words := strings.Fields(line)
			for len(words) > 0 && strings.Contains(words[0], "=") {
				name, value, _ := strings.Cut(words[0], "=")
				env[name] = value
				words = words[1:]
			}
			if len(words) == 0 || words[0] != "web" {
				continue
			}
			started++
			message := map[string]string{"": "serving", "work": "working on events and jobs"}[strings.Join(words[1:], " ")]
			startProcess(t, env, words[1:]...).waitFor(message)
		}
	}
	if started != 2 {
		t.Errorf("%d processes were started, want a web process and a worker", started)
	}
}
