package jobadmin

import (
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/pagination"
	"example.com/pergola/core/respond"
)

func (f *Feature) showJobs(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	in := ListJobsInput{State: jobs.State(query.Get("state")), Job: query.Get("job"), Queue: query.Get("queue"), Page: pagination.ParseRange(query)}
	page, err := f.ListJobs(r.Context(), in)
	if err != nil {
		return err
	}
	view := jobsView{JobsPage: page, In: in}
	if query.Get("fragment") == "now" {
		f.Respond.Fragment(w, r, http.StatusOK, jobsRegion(view))
		return nil
	}
	f.Respond.Page(w, r, respond.Page{Title: "Jobs", Description: "Queues and background jobs.", Body: jobsPage(view)})
	return nil
}

func (f *Feature) showJob(w http.ResponseWriter, r *http.Request) error {
	job, err := f.ReadJob(r.Context(), chi.URLParam(r, "jobID"))
	if err != nil {
		return err
	}
	if r.URL.Query().Get("fragment") == "now" {
		f.Respond.Fragment(w, r, http.StatusOK, jobRegion(job))
		return nil
	}
	f.Respond.Page(w, r, respond.Page{Title: "Job " + job.ID, Description: "The state of one background job.", Body: jobPage(job)})
	return nil
}

func (f *Feature) retryJob(w http.ResponseWriter, r *http.Request) error {
	err := f.RetryJob(r.Context(), chi.URLParam(r, "jobID"))
	return f.answerChange(w, r, "The job will run now.", err)
}

func (f *Feature) cancelJob(w http.ResponseWriter, r *http.Request) error {
	err := f.CancelJob(r.Context(), chi.URLParam(r, "jobID"))
	return f.answerChange(w, r, "The job is canceled.", err)
}

func (f *Feature) replayJob(w http.ResponseWriter, r *http.Request) error {
	err := f.ReplayJob(r.Context(), chi.URLParam(r, "jobID"))
	return f.answerChange(w, r, "The job will run again.", err)
}

func (f *Feature) pauseQueue(w http.ResponseWriter, r *http.Request) error {
	queue := chi.URLParam(r, "queue")
	err := f.PauseQueue(r.Context(), queue)
	return f.answerChange(w, r, "The "+queue+" queue is paused.", err)
}

func (f *Feature) resumeQueue(w http.ResponseWriter, r *http.Request) error {
	queue := chi.URLParam(r, "queue")
	err := f.ResumeQueue(r.Context(), queue)
	return f.answerChange(w, r, "The "+queue+" queue is running again.", err)
}

// answerChange leads back to the page whose form was sent, with a message. A
// change that came too late is a message too.
func (f *Feature) answerChange(w http.ResponseWriter, r *http.Request, done string, err error) error {
	if errors.Is(err, fault.Conflict) {
		done, err = fault.Message(err), nil
	}
	if err != nil {
		return err
	}
	f.Sessions.Flash(r.Context(), done)
	f.Respond.Redirect(w, r, respond.PathWithin(r.PostFormValue("back"), "/admin/jobs"))
	return nil
}
