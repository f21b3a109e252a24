package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/app/browsertest"
	_ "example.com/pergola/features/blog"          // the pages under test
	_ "example.com/pergola/features/eventadmin"    // the pages under test
	_ "example.com/pergola/features/jobadmin"      // the pages under test
	_ "example.com/pergola/features/notifications" // the pages under test
)

// failedJob cancels a job on the administrators' pages, and returns the paths of the
// pages of the job and of its event.
func failedJob(t *testing.T, editor, admin *apptest.Client, title string) (job, event string) {
	t.Helper()
	send(t, admin, "/admin/jobs", "/admin/jobs/queues/notices/pause")
	publish(t, editor, title)
	for deadline := time.Now().Add(30 * time.Second); job == ""; {
		job = admin.Get("/admin/jobs?state=waiting&queue=notices").Find("[data-job] a").AttrOr("href", "")
		if time.Now().After(deadline) {
			t.Fatalf("no job is waiting: %s", admin.Get("/admin/jobs").Find("main").Text())
		}
	}
	send(t, admin, job, job+"/cancel")
	send(t, admin, "/admin/jobs", "/admin/jobs/queues/notices/resume")
	return job, admin.Get("/admin/events").Find("[data-event] a").AttrOr("href", "")
}

// send submits the form with this action on a page.
func send(t *testing.T, client *apptest.Client, path, action string) {
	t.Helper()
	answer := client.Submit(client.Get(path), `form[action="`+action+`"]`, nil)
	if answer.Status != http.StatusOK {
		t.Fatalf("%s: status %d: %s", action, answer.Status, answer.Find("main").Text())
	}
}

func TestSite_showsAdministratorsAnEventAndItsJobs(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	admin := s.signIn(t, alan)
	publish(t, s.signIn(t, ada), "Roses in November")

	var event apptest.Page
	var done int
	for deadline := time.Now().Add(30 * time.Second); done < 2; {
		event = admin.Get(admin.Get("/admin/events").Find("[data-event] a").First().AttrOr("href", "/admin/events"))
		done = event.Find("[data-handler] span").FilterFunction(func(_ int, badge *goquery.Selection) bool {
			return strings.TrimSpace(badge.Text()) == "done"
		}).Length()
		if time.Now().After(deadline) {
			t.Fatalf("the event's page shows %s", event.Find("main").Text())
		}
	}

	if text := event.Find("pre").Text(); !strings.Contains(text, "Roses in November") {
		t.Errorf("the payload is shown as %q", text)
	}
	if page := admin.Get("/admin/events/deliveries?state=done"); page.Find("tr[data-delivery]").Length() < 2 {
		t.Errorf("the finished deliveries are %s", page.Find("main").Text())
	}
	batch := admin.Get("/admin/jobs?job=notifications.notify_batch").Find("[data-job] a").AttrOr("href", "")
	if page := admin.Get(batch); page.Status != http.StatusOK || !strings.Contains(page.Find("pre").Text(), "Roses in November") {
		t.Errorf("the job of the event is at %q: %d %s", batch, page.Status, page.Find("main").Text())
	}
}

func TestBrowser_replaysAFailedJobAndUpdatesThePage(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	job, event := failedJob(t, s.signIn(t, ada), s.signIn(t, alan), "Roses in November")
	admin := browsertest.Open(t)
	s.signInWith(admin, alan)

	admin.Goto(s.URL + job)
	admin.WaitFor(connected)
	admin.WaitForText("#job-now [data-error]", "canceled by an administrator")
	other := admin.Tab()
	other.Goto(s.URL + "/admin/jobs?state=failed")
	other.WaitFor(connected)
	other.WaitFor("[data-job]")
	other.Mark()
	admin.Click("form[action$='/replay'] button")

	admin.WaitUntil("the job is done", "[...document.querySelectorAll('#job-now span')].some((badge) => badge.textContent.trim() === 'done')")
	other.WaitUntil("it is no longer listed as failed", "!document.querySelector('[data-job]')")
	if other.Reloaded() {
		t.Error("the list was reloaded")
	}
	admin.Goto(s.URL + event)
	admin.WaitForText("[data-handler='notifications.notify_readers']", "done")
}

func TestBrowser_confirmsCancelingAJob(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	send(t, s.signIn(t, alan), "/admin/jobs", "/admin/jobs/queues/notices/pause")
	publish(t, s.signIn(t, ada), "Roses in November")
	admin := browsertest.Open(t)
	s.signInWith(admin, alan)
	admin.Goto(s.URL + "/admin/jobs?state=waiting&queue=notices")
	admin.WaitFor(connected)
	admin.WaitFor("[data-job]")

	admin.Click("[data-job] a")
	admin.WaitFor(connected)
	admin.Click("[data-dialog=cancel-job]")
	admin.WaitFor("dialog[open]")
	admin.Click("dialog[open] form button")

	admin.WaitForText("#job-now [data-error]", "canceled by an administrator")
}

func (s *site) jobAndEventTour(t *testing.T) []round {
	t.Helper()
	job, event := failedJob(t, s.signIn(t, ada), s.signIn(t, alan), "What comes after roses")
	return []round{{alan, []stop{
		{"jobs", "/admin/jobs", waitLive},
		{"jobs-none", "/admin/jobs?state=retrying&queue=mail", waitLive},
		{"job-failed", job, waitLive},
		{"events", "/admin/events", waitLive},
		{"event", event, waitLive},
		{"deliveries", "/admin/events/deliveries", waitLive},
	}}}
}

func TestJobAndEventPages_areAccessibleAndFit(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	s.wantAccessible(t, s.jobAndEventTour(t))
}

// The titles also differ from those of all other features.
func TestJobAndEventPages_describeThemselves(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	s.wantDescribed(t, slices.Concat(s.tour(t), s.blogTour(t), notificationTour, s.jobAndEventTour(t)))
}
