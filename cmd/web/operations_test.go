// <with:operations,blog,notifications/>

package main

import (
	"net/http"
	"testing"
	"time"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/app/browsertest"
)

// failedJob makes a job of the application end as failed, by what the pages of
// administrators offer, and returns where it and the event that brought it are
// shown.
func failedJob(t *testing.T, editor, admin *apptest.Client, title string) (job, event string) {
	t.Helper()
	send(t, admin, "/admin/jobs", "/admin/jobs/queues/notices/pause")
	publish(t, editor, title)
	for deadline := time.Now().Add(30 * time.Second); job == ""; {
		job = admin.Get("/admin/jobs?state=waiting&queue=notices").Find("[data-job] a").AttrOr("href", "")
		if time.Now().After(deadline) {
			t.Fatalf("no job waits: %s", admin.Get("/admin/jobs").Find("main").Text())
		}
	}
	send(t, admin, job, job+"/cancel")
	send(t, admin, "/admin/jobs", "/admin/jobs/queues/notices/resume")
	return job, admin.Get("/admin/events").Find("[data-event] a").AttrOr("href", "")
}

// send sends a form of a page, by its action.
func send(t *testing.T, client *apptest.Client, path, action string) {
	t.Helper()
	answer := client.Submit(client.Get(path), `form[action="`+action+`"]`, nil)
	if answer.Status != http.StatusOK {
		t.Fatalf("%s answered %d: %s", action, answer.Status, answer.Find("main").Text())
	}
}

func TestBrowser_aFailedJobIsReplayedAndThePageShowsHowItGoes(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t), inMemorySite)
	job, event := failedJob(t, s.signIn(t, ada), s.signIn(t, alan), "Roses in November")
	admin := browsertest.Open(t)
	s.signInWith(admin, alan)

	admin.Goto(s.URL + job)
	admin.WaitFor(live)
	admin.WaitForText("#job-now [data-error]", "cancelled by an administrator")
	other := admin.Tab()
	other.Goto(s.URL + "/admin/jobs?state=failed")
	other.WaitFor(live)
	other.WaitFor("[data-job]")
	mark(other)
	admin.Click("form[action$='/replay'] button")

	admin.WaitUntil("it is done", "[...document.querySelectorAll('#job-now span')].some((badge) => badge.textContent.trim() === 'done')")
	other.WaitUntil("it is listed as failed no more", "!document.querySelector('[data-job]')")
	if wasReloaded(other) {
		t.Error("the list was loaded anew")
	}
	admin.Goto(s.URL + event)
	admin.WaitForText("[data-handler='notifications.notify_readers']", "done")
}

func TestBrowser_cancellingAJobIsAskedAbout(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t), inMemorySite)
	send(t, s.signIn(t, alan), "/admin/jobs", "/admin/jobs/queues/notices/pause")
	publish(t, s.signIn(t, ada), "Roses in November")
	admin := browsertest.Open(t)
	s.signInWith(admin, alan)
	admin.Goto(s.URL + "/admin/jobs?state=waiting&queue=notices")
	admin.WaitFor(live)
	admin.WaitFor("[data-job]")

	admin.Click("[data-job] a")
	admin.WaitFor(live)
	admin.Click("[data-dialog=cancel-job]")
	admin.WaitFor("dialog[open]")
	admin.Click("dialog[open] form button")

	admin.WaitForText("#job-now [data-error]", "cancelled by an administrator")
}
