package main

import (
	"flag"
	"slices"
	"strings"
	"testing"
)

var alone = flag.Bool("alone", false, "make each combination of the matrix in a copy of its own (./task check:matrix)")

// matrix has each command for features of each kind, with every kind of field and
// scope, and awkward names.
var matrix = []string{
	// Features: kinds of fields, nouns, names that mean something elsewhere.
	"feature bookmarks --fields title:string,url:url,note:text?",
	"feature books --fields name:string,pages:int,read:bool,bought_at:time",
	"feature recipes --fields title:string,body:text,minutes:int?,cooked_at:time?,source:url?,subtitle:string?",
	"feature people --fields full_name:string,born:time?",
	"feature shelf --noun reading-list --fields title:string",
	"feature wiki --noun page --fields title:string,body:text",
	"feature guestbook --noun entry --fields body:text?,title:string",
	"feature polls --noun query --fields question:string,form:string?,err:string?,ctx:text?",

	// Use cases.
	"use-case bookmarks archive-bookmark",
	"use-case blog archive-article",
	"use-case accounts block-user",
	"use-case connections look-around",
	"use-case notifications snooze",

	// Channels of every scope, and their handlers.
	"realtime channel blog article-likes public",
	"realtime channel blog review-queue role:editor",
	"realtime channel bookmarks tips authenticated",
	"realtime channel bookmarks hints user-scoped",
	"realtime channel bookmarks bookmark-notes keyed:bookmarkId",
	"realtime channel notifications gardeners role:gardener",
	"realtime channel connections alarms authenticated",
	"realtime channel blog comment-feed keyed:articleId",
	"realtime handler blog article-likes",
	"realtime handler blog review-queue",
	"realtime handler bookmarks hints",
	"realtime handler bookmarks bookmark-notes",
	"realtime handler connections alarms",
	"realtime handler blog comment-feed",
	"realtime handler notifications gardeners",

	// Events and their handlers.
	"event bookmarks bookmark-archived",
	"event blog article-archived",
	"event connections process-restarted",
	"event-handler bookmarks bookmarks.bookmark.archived",
	"event-handler bookmarks blog.article.archived",
	"event-handler notifications bookmarks.bookmark.archived",
	"event-handler notifications blog.article.archived",
	"event-handler books bookmarks.bookmark.archived",
	"event-handler books notifications.announcement.sent",
	"event-handler connections blog.article.published",

	// Jobs.
	"job bookmarks send-digest",
	"job notifications send-reminder",
	"job blog find-dead-links",
	"job connections sweep-up",

	// The bridge.
	"bridge blog.article.archived blog.article.likes",
	"bridge bookmarks.bookmark.archived bookmarks.tips",
	"bridge connections.process.restarted connections.alarms",
	"bridge blog.article.published bookmarks.tips",
}

// more is only run by ./task check:matrix.
var more = []string{
	"feature categories",
	"feature outages --noun incident --fields title:string,at:time",
	"feature teams --noun user --fields nick:string",
	"feature news --noun item --fields title:string,type:string?,func:string?",
	"feature inventory --noun stock-item --fields label:string,count:int,checked_at:time?,page:url?,remark:text?,broken:bool",
}

// The results of all commands, and of those in the guides, build, pass linters and
// tests, and keep the boundaries. A second run changes nothing.
func TestMatrix_inOneTree(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the complete project")
	}
	t.Parallel()
	s := newScratch(t)
	guide, undone := guideCommands(t)
	lines := slices.Concat(guide, matrix)
	s.apply(s.plan(lines...))
	s.verify(lines)

	if changes := s.plan(lines...).Changes(); len(changes) != 0 {
		t.Errorf("asking again changes %v", changes)
	}

	s.apply(s.plan(undone...))
	s.run("go", "vet", "./features/bookmarks", "./cmd/web")
	s.run("go", "test", "./features/bookmarks")
}

// Each command runs in a copy of its own, after those it needs.
func TestMatrix_alone(t *testing.T) {
	if !*alone {
		t.Skip("./task check:matrix")
	}
	for _, line := range slices.Concat(matrix, more) {
		t.Run(line, func(t *testing.T) {
			s := newScratch(t)
			lines := append(prerequisites(line), line)
			s.apply(s.plan(lines...))
			s.verify(lines)

			if strings.HasPrefix(line, "feature ") {
				line = strings.Join(strings.Fields(line)[:2], " ")
				s.run("git", "init", "-q") // destroy lists the files with git
				s.run("git", "add", "-A")
			}
			s.apply(s.plan(destroy + " " + line))
			s.run("go", "vet", "./features/...", "./cmd/web")
		})
	}
}

// prerequisites returns the lines of the matrix that another one needs.
func prerequisites(line string) []string {
	var needed []string
	for _, other := range matrix {
		if other == line {
			break
		}
		words := strings.Fields(other)
		makes := words[1]
		switch words[0] {
		case "event":
			makes = words[1] + "." + strings.ReplaceAll(words[2], "-", ".")
		case "realtime":
			makes = words[3]
			if words[1] == "handler" {
				continue
			}
		case "feature":
		default:
			continue
		}
		if strings.Contains(line+" ", makes) || strings.Contains(strings.ReplaceAll(line, ".", "-"), makes) {
			needed = append(needed, append(prerequisites(other), other)...)
		}
	}
	return compact(needed)
}

func compact(lines []string) []string {
	var kept []string
	for _, line := range lines {
		if !slices.Contains(kept, line) {
			kept = append(kept, line)
		}
	}
	return kept
}

// verify checks the copy after these commands.
func (s scratch) verify(lines []string) {
	s.t.Helper()
	made := []string{}
	for feature := range changedFeatures(lines) {
		made = append(made, "./features/"+feature)
	}
	slices.Sort(made)
	s.run("go", append([]string{"vet", ".", "./cmd/web"}, made...)...)
	s.run("go", append([]string{"tool", "-modfile=tools/go.mod", "staticcheck"}, made...)...)
	s.run("go", "build", "-C", "tools", "-o", "../.data/bin/vet", "./vet")
	s.run("go", append([]string{"vet", "-vettool=.data/bin/vet", "./cmd/web"}, made...)...)
	s.run("go", "test", ".")
	s.run("go", "test", "-run", "^TestBridge_[a-z]+(From|_letsOut)", "./cmd/web")
	s.run("go", append([]string{"test"}, made...)...)
}

func changedFeatures(lines []string) map[string]bool {
	features := map[string]bool{}
	for _, line := range lines {
		words := strings.Fields(line)
		if words[0] == destroy {
			words = words[1:]
		}
		switch words[0] {
		case "bridge":
		case "realtime":
			features[words[2]] = true
		default:
			features[words[1]] = true
		}
	}
	return features
}
