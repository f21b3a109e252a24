package main

import (
	"encoding/json"
	"strings"
	"testing"

	_ "example.com/pergola/features/blog"          // described
	_ "example.com/pergola/features/notifications" // described
)

func TestDescribe_saysWhatEachFeatureSaysAndHears(t *testing.T) {
	t.Parallel()

	code, stdout, stderr := runCommand(t, nil, "describe", "--json")

	var described struct {
		Features []struct {
			Name     string                            `json:"name"`
			Routes   []struct{ Method, Path string }   `json:"routes"`
			Channels []struct{ Name, Scope string }    `json:"channels"`
			Events   []struct{ Name, Payload string }  `json:"events"`
			Handles  []struct{ Event, Handler string } `json:"handles"`
			Jobs     []struct {
				Name      string
				Schedules []string
			} `json:"jobs"`
			Tables []string `json:"tables"`
		} `json:"features"`
		Bridge []struct{ Event, Channel string } `json:"bridge"`
	}
	if err := json.Unmarshal([]byte(stdout), &described); err != nil || code != 0 {
		t.Fatalf("code %d: %v %s", code, err, stderr)
	}
	said := map[string]bool{}
	for _, f := range described.Features {
		for _, route := range f.Routes {
			said[f.Name+" answers "+route.Method+" "+route.Path] = true
		}
		for _, channel := range f.Channels {
			said[f.Name+" tells "+channel.Name+" to "+channel.Scope] = true
		}
		for _, event := range f.Events {
			said[f.Name+" publishes "+event.Name+" as "+event.Payload] = true
		}
		for _, handledEvent := range f.Handles {
			said[f.Name+" handles "+handledEvent.Event] = true
		}
		for _, job := range f.Jobs {
			said[f.Name+" does "+job.Name+" at "+strings.Join(job.Schedules, ", ")] = true
		}
		for _, table := range f.Tables {
			said[f.Name+" has "+table] = true
		}
	}
	for _, forwarding := range described.Bridge {
		said["the bridge forwards "+forwarding.Event+" to "+forwarding.Channel] = true
	}
	for _, want := range []string{
		"accounts has accounts_users", "authentication has authentication_passwords", "accounts has auth_users",
		"blog answers GET /articles/{slug}", "blog answers POST /desk/articles",
		"blog tells blog.article.feed to public", "blog tells blog.desk to role:editor",
		"blog publishes blog.article.published as blog.ArticlePublished",
		"notifications handles blog.article.published",
		"notifications does notifications.remove_deleted_readers at 40 3 * * * UTC",
		"notifications does notifications.plan_digests at 0 7-12 * * MON UTC",
		"the bridge forwards blog.article.published to blog.desk",
	} {
		if !said[want] {
			t.Errorf("the description does not say: %s\n%s", want, stdout)
		}
	}
}
