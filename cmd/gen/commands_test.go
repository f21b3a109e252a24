package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/pergola/cmd/gen/internal/anchors"
)

// here is this project. Tests only plan changes in it.
const here = "../.."

func TestCommands_rejectInvalidArguments(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 200)
	for line, want := range map[string]string{
		"feature func":                                              "keyword",
		"feature string":                                            "predeclares",
		"feature utils":                                             "for what it holds",
		"feature auth":                                              "for something else",
		"feature infra":                                             "for something else",
		"feature ../evil":                                           "letters from a to z",
		"feature ünicode":                                           "letters from a to z",
		"feature " + long:                                           "200 characters",
		"feature reading-list":                                      "readinglist",
		"feature blog":                                              "the feature blog already exists",
		"feature desk":                                              "already serves /desk",
		"feature articles":                                          "already serves /articles",
		"feature equipment":                                         "--noun",
		"feature shop --noun feature":                               "--noun",
		"feature shop --noun details":                               "--noun",
		"feature shop --noun job":                                   "--noun",
		"feature shop --noun form":                                  "Feature.showForm would be declared twice",
		"feature shop --noun editor":                                "Feature.showEditor would be declared twice",
		"feature shop --noun run-test":                              "in its own way",
		"feature shop --fields title":                               "has no kind",
		"feature shop --fields title:money":                         "unknown kind",
		"feature shop --fields done:bool?":                          "cannot be optional",
		"feature shop --fields n:int":                               "string",
		"feature shop --fields title:string?":                       "string",
		"feature shop --fields title:string,title:text":             "twice",
		"feature shop --fields order:string":                        "SQL",
		"feature shop --fields id:string":                           "every entity or form",
		"feature shop --fields title:string,normalize:bool":         "every entity or form",
		"feature shop --color red":                                  "--help",
		"feature":                                                   "takes <name>",
		"feature a b":                                               "takes <name>",
		"use-case nowhere publish":                                  "there is no feature",
		"use-case ../blog publish":                                  "there is no feature",
		"feature pergola --noun arch":                               "", // free: the project's own name
		"use-case blog write-text":                                  "", // free: see below
		"use-case blog teaser":                                      "already declares Teaser",
		"use-case blog article":                                     "already declares Article",
		"use-case blog run-test":                                    "in its own way",
		"use-case blog " + long:                                     "200 characters",
		"event blog archived":                                       "what happened to what",
		"event blog article-state":                                  "", // free
		"event blog func":                                           "keyword",
		"event accounts user-renamed":                               "must not import core/events",
		"job accounts clean-up":                                     "must not import core/jobs",
		"realtime channel accounts pings public":                    "must not import core/realtime",
		"realtime channel blog x everybody":                         "unknown scope",
		"realtime channel blog x role:":                             "unknown scope",
		"realtime channel blog x keyed:":                            "unknown scope",
		"realtime channel blog x keyed:a.b":                         "unknown scope",
		"realtime channel blog x keyed:userId":                      "user-scoped",
		"realtime channel blog x":                                   "takes <feature> <name> <scope>",
		"realtime channel blog desk public":                         "the channel DeskChannel exists already",
		"realtime channel blog article-feed authenticated":          "the channel ArticleFeedChannel exists already",
		"realtime channel blog article-x keyed:y":                   "would share topics",
		"realtime handler blog nothing":                             "has no channel",
		"realtime":                                                  "incomplete command",
		"event-handler blog blog.article.burnt":                     "there is no event",
		"event-handler blog notifications.announcement.sent":        "notifications imports blog",
		"bridge blog.article.burnt blog.desk":                       "there is no event",
		"bridge blog.article.published blog.nowhere":                "there is no channel",
		"bridge blog.article.published notifications.user.{userId}": "a topic for each",
		"destroy":          "missing command",
		"destroy nonsense": "unknown command",
		"destroy new x":    "cannot be undone",
	} {
		got := callIn(t, here, commands(), append(strings.Fields(line), "--dry-run")...)

		if want == "" {
			if got.code != 0 {
				t.Errorf("%.60s: got %+v, want a plan", line, got)
			}
			continue
		}
		if got.code != 2 || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, want) {
			t.Errorf("%.60s: got %+v, want the exit code 2 and one line with %q", line, got, want)
		}
	}
}

func TestCommands_changeNothingThatExists(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"event blog article-published",
		"realtime channel blog article-feed public",
		"realtime handler blog article-reading",
		"event-handler notifications blog.article.published",
		"job notifications send-digest",
		"use-case blog publish-article",
		"bridge blog.article.published blog.desk",
		"destroy event blog article-burnt",
		"destroy job blog sweep",
	} {
		got := callIn(t, here, commands(), append(strings.Fields(line), "--dry-run")...)

		if got.code != 0 || !strings.HasPrefix(got.stdout, "Nothing to change") {
			t.Errorf("%s: got %+v", line, got)
		}
	}
}

func TestDestroy_keepsHandWrittenCode(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"destroy event blog article-published",
		"destroy realtime channel blog article-feed",
		"destroy event-handler notifications blog.article.published",
		"destroy job notifications send-digest",
		"destroy use-case blog publish-article",
	} {
		got := callIn(t, here, commands(), append(strings.Fields(line), "--dry-run")...)

		if got.code != 1 || !strings.Contains(got.stderr, "edited or written by hand: ") {
			t.Errorf("%s: got %+v", line, got)
		}
	}
}

// snapshot returns all files in a folder, except those in .data.
func snapshot(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(at string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == ".data" {
			return filepath.SkipDir
		}
		if entry.Type().IsRegular() {
			content, err := os.ReadFile(at)
			found[at] = string(content)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestCommands_nameMissingAnchor(t *testing.T) {
	t.Parallel()
	s := newScratch(t)
	for anchor, line := range map[anchors.Anchor]string{
		anchors.Events.In("blog"):                    "event blog article-burnt",
		anchors.EventHandlers.In("connections"):      "event-handler connections blog.article.published",
		anchors.RealtimeChannels.In("blog"):          "realtime channel blog article-likes public",
		anchors.RealtimeHandlers.In("notifications"): "realtime handler notifications announcements",
		anchors.Jobs.In("blog"):                      "job blog sweep",
		anchors.JobHandlers.In("connections"):        "job connections sweep",
		anchors.UseCases.In("accounts"):              "use-case accounts look-around",
		anchors.Bridge:                               "bridge blog.article.published connections.stats",
		anchors.FeatureFields:                        "feature bookmarks",
		anchors.FeatureManifests:                     "feature bookmarks",
		anchors.FeatureSets:                          "feature bookmarks",
		anchors.FeatureDevSeedSets:                   "feature bookmarks",
	} {
		if anchor == anchors.Bridge {
			continue // the payloads of what there is have nothing in common; see the matrix
		}
		content, err := os.ReadFile(filepath.Join(s.root, anchor.File))
		if err != nil {
			t.Fatal(err)
		}
		write(t, s.root, anchor.File, strings.Replace(string(content), anchor.Line(), "// gone", 1))
		before := snapshot(t, s.root)

		got := callIn(t, s.root, commands(), strings.Fields(line)...)

		if got.code != 1 || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%s without %s: got %+v, want one line", line, anchor.Line(), got)
		}
		for _, part := range []string{anchor.File, anchor.Line(), anchor.Place} {
			if !strings.Contains(got.stderr, part) {
				t.Errorf("%s: %q does not contain %q", line, got.stderr, part)
			}
		}
		if !maps.Equal(snapshot(t, s.root), before) {
			t.Errorf("%s changed something", line)
		}
		write(t, s.root, anchor.File, string(content))
	}
}

// Nothing changes if a tool fails. The test sets the PATH of the process, so it
// does not run in parallel.
func TestCommands_changeNothingIfToolFails(t *testing.T) {
	s := newScratch(t)
	tools := t.TempDir()
	write(t, tools, "go", "#!/bin/sh\necho broken >&2\nexit 1\n")
	if err := os.Chmod(filepath.Join(tools, "go"), 0o755); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, s.root)
	t.Setenv("PATH", tools)

	for _, line := range []string{"feature bookmarks", "event blog article-burnt", "use-case blog burn-article"} {
		got := callIn(t, s.root, commands(), strings.Fields(line)...)

		if got.code != 1 || !strings.Contains(got.stderr, "broken") || !strings.Contains(got.stderr, "nothing was changed") {
			t.Errorf("%s: got %+v", line, got)
		}
		if !maps.Equal(snapshot(t, s.root), before) {
			t.Errorf("%s changed something", line)
		}
	}
}

func TestFeature_keepsEditedFiles(t *testing.T) {
	t.Parallel()
	s := newScratch(t)
	const line = "feature bookmarks --fields title:string,note:text?"
	if err := s.plan(line).Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	write(t, s.root, "features/bookmarks/bookmark.go", "package bookmarks // mine\n")
	before := snapshot(t, s.root)

	again := callIn(t, s.root, commands(), strings.Fields(line)...)
	other := callIn(t, s.root, commands(), "feature", "bookmarks", "--fields", "title:string")

	if again.code != 0 || !strings.HasPrefix(again.stdout, "Nothing to change") {
		t.Errorf("again: %+v", again)
	}
	if other.code != 2 || !strings.Contains(other.stderr, line) {
		t.Errorf("with other fields: %+v", other)
	}
	if !maps.Equal(snapshot(t, s.root), before) {
		t.Error("something was changed")
	}
	destroyed := callIn(t, s.root, commands(), "destroy", "feature", "bookmarks")
	if destroyed.code != 1 || !strings.Contains(destroyed.stderr, "features/bookmarks/bookmark.go") || !maps.Equal(snapshot(t, s.root), before) {
		t.Errorf("destroyed: %+v", destroyed)
	}
}
