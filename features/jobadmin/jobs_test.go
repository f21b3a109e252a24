package jobadmin_test

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/jobadmin"
)

func (s *site) enqueue(job jobs.Job[plant], name string, options ...jobs.Option) {
	s.t.Helper()
	if err := job.Enqueue(s.t.Context(), s.queue, plant{Name: name}, options...); err != nil {
		s.t.Fatal(err)
	}
}

// job waits until exactly one job is in the state and returns it.
func (s *site) job(state jobs.State) jobs.Record {
	s.t.Helper()
	var records []jobs.Record
	s.eventually("one job is "+string(state), func() bool {
		var err error
		if records, err = s.queue.List(s.t.Context(), jobs.Query{State: state}); err != nil {
			s.t.Fatal(err)
		}
		return len(records) == 1
	})
	return records[0]
}

func TestJobs_areForAdministrators(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.enqueue(pruneJob, "stone")
	job := s.job(jobs.Failed)
	editor := s.user("Ada", auth.RoleEditor)

	for _, path := range []string{"/admin/jobs", "/admin/jobs/" + job.ID} {
		if page := s.As(auth.User{}).Get(path); !strings.HasPrefix(page.Path, "/sign-in") {
			t.Errorf("a visitor of %s is led to %s, want the sign-in", path, page.Path)
		}
		if page := s.As(editor).Get(path); page.Status != http.StatusForbidden {
			t.Errorf("an editor: status %d for %s, want 403", page.Status, path)
		}
	}
	for _, path := range []string{
		"/admin/jobs/" + job.ID + "/replay", "/admin/jobs/" + job.ID + "/retry", "/admin/jobs/" + job.ID + "/cancel",
		"/admin/jobs/queues/tools/pause", "/admin/jobs/queues/tools/resume",
	} {
		if page := s.As(editor).Post(path, url.Values{}); page.Status != http.StatusForbidden {
			t.Errorf("POST %s by an editor: status %d, want 403", path, page.Status)
		}
	}
	if err := s.Socket(editor).Subscribe("jobadmin.activity"); !errors.Is(err, fault.Forbidden) {
		t.Errorf("an editor subscribing gets %v, want fault.Forbidden", err)
	}
	if _, err := s.listJobs(auth.WithUser(t.Context(), editor), jobadmin.ListJobsInput{}); !errors.Is(err, fault.Forbidden) {
		t.Errorf("ListJobs by an editor = %v, want fault.Forbidden", err)
	}
	if s.job(jobs.Failed).ID != job.ID || s.log.String() != "" {
		t.Errorf("something was changed: %s", s.log)
	}
}

func TestJobs_showsQueuesAndJobsInEachState(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.enqueue(waterJob, "weed")
	s.enqueue(waterJob, "later", jobs.At(time.Now().Add(time.Hour)))
	s.enqueue(pruneJob, "stone")
	s.enqueue(pruneJob, "slow")
	<-s.garden.begun
	s.job(jobs.Failed)
	s.job(jobs.Retrying)

	page := s.show("/admin/jobs")

	queues := strings.Join(texts(page, "[data-queue]"), "|")
	if want := "default Waiting 0 Running 0 Scheduled 1 Retrying 1 Failed 0 Pause|tools Waiting 0 Running 1 Scheduled 0 Retrying 0 Failed 1 Pause"; queues != want {
		t.Errorf("the queues are\n%s, want\n%s", queues, want)
	}
	if rows := texts(page, "[data-job]"); len(rows) != 4 || !strings.Contains(rows[1], "garden.prune") || !strings.Contains(rows[1], "a <stone> is not a plant") {
		t.Errorf("the jobs are %q, want four, with the error of the stone", rows)
	}
	for state, want := range map[string]string{"running": "slow", "scheduled": "later", "retrying": "weed", "failed": "stone"} {
		one := s.show("/admin/jobs?state=" + state)
		id := one.Find("[data-job]").AttrOr("data-job", "")
		if one.Find("[data-job]").Length() != 1 || !strings.Contains(text(s.show("/admin/jobs/"+id), "pre"), want) {
			t.Errorf("%s are %q, want the %s", state, texts(one, "[data-job]"), want)
		}
		if tab := text(one, `nav [aria-current="page"]`); !strings.EqualFold(tab, state+" 1") {
			t.Errorf("the open tab shows %q, want %s 1", tab, state)
		}
	}
	if rows := texts(s.show("/admin/jobs?queue=tools&job=garden.prune"), "[data-job]"); len(rows) != 2 {
		t.Errorf("the tools queue has %q, want two", rows)
	}
	if page := s.As(s.admin).Get("/admin/jobs?state=dreaming"); page.Status != http.StatusNotFound {
		t.Errorf("an unknown state: %d, want 404", page.Status)
	}
	close(s.garden.release)
}

func TestJobs_arePaginated(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for n := range 60 {
		s.enqueue(waterJob, strconv.Itoa(n), jobs.At(time.Now().Add(time.Hour)))
	}

	first := s.show("/admin/jobs?state=scheduled")
	second := s.show(first.Find(`nav[aria-label="Pages"] a`).AttrOr("href", ""))
	third := s.show(second.Find(`nav[aria-label="Pages"] a`).Last().AttrOr("href", ""))
	back := s.show(third.Find(`nav[aria-label="Pages"] a`).AttrOr("href", ""))

	if a, b, c := first.Find("[data-job]").Length(), second.Find("[data-job]").Length(), third.Find("[data-job]").Length(); a != 25 || b != 25 || c != 10 {
		t.Errorf("the pages have %d, %d and %d jobs, want 25, 25 and 10", a, b, c)
	}
	if got, want := texts(back, "[data-job] th"), texts(second, "[data-job] th"); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("the link back leads to %q, want the second page", got)
	}
}

func TestJob_isReplayed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.enqueue(pruneJob, "stone")
	job := s.job(jobs.Failed)
	page := s.show("/admin/jobs/" + job.ID)
	if got := text(page, "[data-error]"); !strings.Contains(got, "a <stone> is not a plant") {
		t.Errorf("the error is %q", got)
	}
	if got := text(page, "[data-stack]"); !strings.Contains(got, "jobs.Handler.Work") {
		t.Errorf("the stack is %q, want the handler that failed", got)
	}

	answer := s.press(page, "/admin/jobs/"+job.ID+"/replay")

	if answer.Path != "/admin/jobs/"+job.ID {
		t.Errorf("the form leads to %s, want the job", answer.Path)
	}
	s.eventually("it has failed again", func() bool { return s.job(jobs.Failed).FinishedAt.After(job.FinishedAt) })
	if line := s.log.String(); !strings.Contains(line, "administrator replayed a job") || !strings.Contains(line, s.admin.ID) || !strings.Contains(line, job.ID) {
		t.Errorf("the log shows %q, want the job and the administrator", line)
	}
}

func TestJob_runsEarlyOrIsCanceled(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.enqueue(waterJob, "fern", jobs.At(time.Now().Add(time.Hour)))
	job := s.job(jobs.Scheduled)
	s.press(s.show("/admin/jobs/"+job.ID), "/admin/jobs/"+job.ID+"/retry")
	if done := s.job(jobs.Done); done.ID != job.ID {
		t.Errorf("done is %+v, want the fern", done)
	}

	s.enqueue(waterJob, "slow")
	<-s.garden.begun
	running := s.job(jobs.Running)
	page := s.show("/admin/jobs/" + running.ID)
	if page.Find("dialog#cancel-job form").Length() != 1 || page.Find(`a[data-dialog="cancel-job"]`).Length() != 1 {
		t.Error("canceling has no confirmation")
	}
	s.press(page, "/admin/jobs/"+running.ID+"/cancel")

	if failed := s.job(jobs.Failed); failed.ID != running.ID || !strings.Contains(failed.Error, "canceled") {
		t.Errorf("failed is %+v, want it to say that it was canceled", failed)
	}
	late := s.As(s.admin).Post("/admin/jobs/"+running.ID+"/cancel", url.Values{"back": {"https://evil.example/admin/jobs"}})
	if late.Status != http.StatusOK || late.Path != "/admin/jobs" {
		t.Errorf("canceling a finished job: status %d at %s, want the list of jobs", late.Status, late.Path)
	}
	if page := s.As(s.admin).Post("/admin/jobs/none/cancel", url.Values{}); page.Status != http.StatusNotFound {
		t.Errorf("canceling an unknown job: status %d, want 404", page.Status)
	}
}

func TestQueue_isPausedAndResumed(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	paused := s.press(s.show("/admin/jobs"), "/admin/jobs/queues/tools/pause")
	s.enqueue(pruneJob, "fern")

	if got := text(paused, `[data-queue="tools"]`); !strings.Contains(got, "paused") {
		t.Errorf("the queue is shown as %q, want it to say that it is paused", got)
	}
	if waiting := s.job(jobs.Waiting); waiting.Queue != "tools" {
		t.Errorf("waiting is %+v", waiting)
	}
	s.press(paused, "/admin/jobs/queues/tools/resume")
	s.job(jobs.Done)
	if log := s.log.String(); !strings.Contains(log, "paused a queue") || !strings.Contains(log, "resumed a queue") {
		t.Errorf("the log shows %q", log)
	}
}

func TestJob_hidesAPrivatePayload(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.enqueue(writeJob, "a secret")

	page := s.show("/admin/jobs/" + s.job(jobs.Done).ID)

	if strings.Contains(page.Text(), "a secret") || !strings.Contains(page.Text(), "private") {
		t.Errorf("the page shows %q", page.Find("main").Text())
	}
}

func TestActivityChannel_announcesChanges(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.Socket(s.admin)
	admin.MustSubscribe("jobadmin.activity")

	s.enqueue(pruneJob, "stone")

	for realtimetest.Next(admin, jobadmin.ActivityChannel).Payload.Failed != 1 {
	}
	before, err := s.broadcast(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.broadcast(t.Context(), before); err != nil || again != before {
		t.Errorf("the revision is %q, then %q without a change, error %v", before, again, err)
	}
}

// A page fetches its region after each message: both must agree.
func TestJobs_regionsMatchTheirPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.enqueue(pruneJob, "stone")

	for _, path := range []string{"/admin/jobs/" + s.job(jobs.Failed).ID, "/admin/jobs?state=failed"} {
		page := s.show(path)
		region := page.Find(`[data-live="jobadmin.activity"]`)
		shown, _ := region.Html()
		fetched, _ := s.show(region.AttrOr("data-live-refresh", "")).Find("body").Html()
		if region.AttrOr("data-live-insert", "") != "replace" || strings.TrimSpace(shown) != strings.TrimSpace(fetched) {
			t.Errorf("%s shows\n%s\nand its region is\n%s", path, shown, fetched)
		}
	}
}
