package operations

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/respond"
)

func (f *Feature) showJobs(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	in := ListJobsInput{State: jobs.State(query.Get("state")), Job: query.Get("job"), Queue: query.Get("queue"), PageInput: pageIn(query)}
	page, err := f.deps.ListJobs(r.Context(), in)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	view := jobsView{Page: page, In: in}
	view.Here = view.href("state", string(in.State))
	if query.Get("fragment") == "now" {
		f.deps.Respond.Fragment(w, r, http.StatusOK, jobsPresent(view))
		return
	}
	f.deps.Respond.Page(w, r, respond.Page{Title: "Jobs", Description: "What is to be done beside requests, and what has failed.", Body: jobsPage(view)})
}

func (f *Feature) showJob(w http.ResponseWriter, r *http.Request) {
	job, err := f.deps.ReadJob(r.Context(), chi.URLParam(r, "jobID"))
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	if r.URL.Query().Get("fragment") == "now" {
		f.deps.Respond.Fragment(w, r, http.StatusOK, jobPresent(job))
		return
	}
	f.deps.Respond.Page(w, r, respond.Page{Title: "Job " + job.ID, Description: "What became of a job, and what can be done about it.", Body: jobPage(job)})
}

func (f *Feature) postRetryJob(w http.ResponseWriter, r *http.Request) {
	f.changeJob(w, r, "The job is done now.", f.deps.RetryJob)
}

func (f *Feature) postCancelJob(w http.ResponseWriter, r *http.Request) {
	f.changeJob(w, r, "The job is cancelled.", f.deps.CancelJob)
}

func (f *Feature) postReplayJob(w http.ResponseWriter, r *http.Request) {
	f.changeJob(w, r, "The job is tried again.", f.deps.ReplayJob)
}

func (f *Feature) changeJob(w http.ResponseWriter, r *http.Request, done string, change func(context.Context, string) (jobs.Record, error)) {
	f.change(w, r, done, func(ctx context.Context) error {
		_, err := change(ctx, chi.URLParam(r, "jobID"))
		return err
	})
}

func (f *Feature) postPauseQueue(w http.ResponseWriter, r *http.Request) {
	queue := chi.URLParam(r, "queue")
	f.change(w, r, "Nothing of the queue "+queue+" begins until it is resumed.", func(ctx context.Context) error {
		return f.deps.PauseQueue(ctx, queue)
	})
}

func (f *Feature) postResumeQueue(w http.ResponseWriter, r *http.Request) {
	queue := chi.URLParam(r, "queue")
	f.change(w, r, "The queue "+queue+" goes on.", func(ctx context.Context) error {
		return f.deps.ResumeQueue(ctx, queue)
	})
}

// change runs a form of these pages, and goes back to where it was sent from,
// which says what is done. What comes too late is no reason to leave the page.
func (f *Feature) change(w http.ResponseWriter, r *http.Request, done string, change func(context.Context) error) {
	if err := r.ParseForm(); err != nil {
		f.deps.Respond.Error(w, r, fault.Invalid.Wrap(err, "This form could not be read."))
		return
	}
	err := change(r.Context())
	if err != nil && !errors.Is(err, fault.Conflict) {
		f.deps.Respond.Error(w, r, err)
		return
	}
	if err != nil {
		done = "Nothing was changed: it was finished or under way already."
	}
	f.deps.Sessions.Flash(r.Context(), done)
	f.deps.Respond.Redirect(w, r, workPath(r.PostForm.Get("back")))
}

// workPath is the page of jobs or events that a form was sent from.
func workPath(back string) string {
	parsed, err := url.Parse(back)
	if err != nil || parsed.Host != "" || parsed.Scheme != "" {
		return "/admin/jobs"
	}
	for _, path := range []string{"/admin/jobs", "/admin/events"} {
		if parsed.Path == path || strings.HasPrefix(parsed.Path, path+"/") {
			return respond.LocalPath(parsed.RequestURI())
		}
	}
	return "/admin/jobs"
}

func pageIn(query url.Values) PageInput {
	return PageInput{OlderThan: query.Get("older"), NewerThan: query.Get("newer")}
}
