package main

import (
	"encoding/json"
	"strings"
	"testing"

	_ "example.com/pergola/features/blog"          // described
	_ "example.com/pergola/features/notifications" // described
)

func TestDescribe_listsWhatEachFeatureDefines(t *testing.T) {
	t.Parallel()

	code, stdout, stderr := runCommand(t, nil, "describe", "--json")

	var output struct {
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
	if err := json.Unmarshal([]byte(stdout), &output); err != nil || code != 0 {
		t.Fatalf("code %d: %v %s", code, err, stderr)
	}
	described := map[string]bool{}
	for _, f := range output.Features {
		for _, route := range f.Routes {
			described[f.Name+" answers "+route.Method+" "+route.Path] = true
		}
		for _, channel := range f.Channels {
			described[f.Name+" broadcasts "+channel.Name+" to "+channel.Scope] = true
		}
		for _, event := range f.Events {
			described[f.Name+" publishes "+event.Name+" as "+event.Payload] = true
		}
		for _, handledEvent := range f.Handles {
			described[f.Name+" handles "+handledEvent.Event] = true
		}
		for _, job := range f.Jobs {
			described[f.Name+" runs "+job.Name+" at "+strings.Join(job.Schedules, ", ")] = true
		}
		for _, table := range f.Tables {
			described[f.Name+" has "+table] = true
		}
	}
	for _, forwarding := range output.Bridge {
		described["the bridge forwards "+forwarding.Event+" to "+forwarding.Channel] = true
	}
	for _, want := range []string{
		"accounts has accounts_users", "authentication has authentication_passwords", "accounts has auth_users",
		"blog answers GET /articles/{slug}", "blog answers POST /desk/articles",
		"blog broadcasts blog.article.feed to public", "blog broadcasts blog.desk to role:editor",
		"blog publishes blog.article.published as blog.ArticlePublished",
		"notifications handles blog.article.published",
		"notifications runs notifications.remove_deleted_readers at 40 3 * * * UTC",
		"notifications runs notifications.plan_digests at 0 7-12 * * MON UTC",
		"the bridge forwards blog.article.published to blog.desk",
	} {
		if !described[want] {
			t.Errorf("the description lacks: %s\n%s", want, stdout)
		}
	}
}
