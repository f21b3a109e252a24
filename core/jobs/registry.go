package jobs

import (
	"errors"
	"fmt"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/internal/descriptor"
)

// registry is what the manifests say about jobs.
type registry struct {
	jobs     map[string]*definition
	handlers map[string]Handler
	queues   map[string]bool
	ticks    []tick
	problems []error
}

func newRegistry(manifests []feature.Manifest) (*registry, error) {
	r := &registry{
		jobs:     map[string]*definition{},
		handlers: map[string]Handler{},
		queues:   map[string]bool{DefaultQueue: true},
	}
	owners := map[string]string{}
	for _, part := range feature.PartsOf[Jobs](manifests) {
		for _, job := range part.Part {
			r.addJob(part.Feature, job, owners)
		}
	}
	for _, part := range feature.PartsOf[Handlers](manifests) {
		for _, handler := range part.Part {
			r.addHandler(part.Feature, handler)
		}
	}
	for _, part := range feature.PartsOf[Jobs](manifests) {
		for _, job := range part.Part {
			r.checkHandled(part.Feature, job)
		}
	}
	r.addSchedules(manifests)
	return r, errors.Join(r.problems...)
}

// handlerOf is who does an entry. A nil registry is one that is not sealed.
func (r *registry) handlerOf(entry Entry) (Handler, error) {
	if r == nil {
		return Handler{}, errors.New("the application is not sealed yet")
	}
	handler, ok := r.handlers[entry.Job]
	if !ok {
		return Handler{}, fmt.Errorf("no feature lists the job %q in its manifest as one of jobs.Jobs", entry.Job)
	}
	if !r.queues[entry.Queue] {
		return Handler{}, fmt.Errorf("nobody works on the queue %q: a job's definition or the options must name it", entry.Queue)
	}
	return handler, nil
}

// isPrivate is whether nobody is shown the payloads of a job. What this program
// does not know may be so.
func (r *registry) isPrivate(job string) bool {
	if r == nil || r.jobs[job] == nil {
		return true
	}
	return r.jobs[job].settings.private
}

func (r *registry) problem(mend, format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf("%s: mend %s", fmt.Sprintf(format, args...), mend))
}

func (r *registry) addJob(owner string, job AnyJob, owners map[string]string) {
	file := "features/" + owner + "/jobs.go"
	if job == nil || job.definition() == nil {
		r.problem(file, "the feature %q lists a job that was not made by jobs.Define", owner)
		return
	}
	def := job.definition()
	if err := descriptor.CheckName(def.name, owner, 2); err != nil {
		r.problem(file, "job %q, listed by %q: %v", def.name, owner, err)
	}
	if err := descriptor.CheckPayload(def.payload); err != nil {
		r.problem(file, "job %q: %v", def.name, err)
	}
	if def.err != nil {
		r.problem(file, "job %q: %v", def.name, def.err)
	}
	switch other := r.jobs[def.name]; other {
	case nil:
		r.jobs[def.name] = def
		r.queues[def.settings.queue] = true
		owners[def.name] = owner
	case def:
		r.problem(manifestFile(owner), "job %q is listed twice", def.name)
	default:
		r.problem(file, "job %q is defined twice, with the payloads %s and %s", def.name, other.payload, def.payload)
	}
}

func (r *registry) addHandler(owner string, handler Handler) {
	file := manifestFile(owner)
	listed := r.jobs[handler.Job()]
	_, handled := r.handlers[handler.Job()]
	switch {
	case handler.job == nil:
		r.problem(file, "the feature %q lists a handler of a job that was not made by jobs.Define", owner)
	case listed == nil:
		r.problem(manifestFile(descriptor.Owner(handler.Job())),
			"%q handles the job %q, which no feature lists in its manifest as one of jobs.Jobs", owner, handler.Job())
	case listed != handler.job:
		r.problem(file, "%q handles another %q than the one that is listed: the job is defined twice", owner, handler.Job())
	case handled:
		r.problem(file, "job %q has two handlers", handler.Job())
	default:
		r.handlers[handler.Job()] = handler
	}
}

func (r *registry) checkHandled(owner string, job AnyJob) {
	if job == nil || job.definition() == nil {
		return
	}
	if _, ok := r.handlers[job.Name()]; !ok {
		r.problem(manifestFile(owner), "job %q has no handler in the manifest of %q, as one of jobs.Handlers", job.Name(), owner)
	}
}

func (r *registry) addSchedules(manifests []feature.Manifest) {
	ids := map[string]bool{}
	for _, part := range feature.PartsOf[Schedules](manifests) {
		file := manifestFile(part.Feature)
		for _, plan := range part.Part {
			if plan.job == nil || r.jobs[plan.job.name] != plan.job {
				r.problem(file, "the feature %q schedules a job that no feature lists in its manifest as one of jobs.Jobs", part.Feature)
				continue
			}
			tick, err := plan.tick()
			switch {
			case err != nil:
				r.problem(file, "schedule of %q: %v", plan.job.name, err)
			case ids[tick.id]:
				r.problem(file, "job %q is scheduled twice for %q with the same payload", plan.job.name, plan.rhythm)
			default:
				ids[tick.id] = true
				r.queues[tick.entry.Queue] = true
				r.ticks = append(r.ticks, tick)
			}
		}
	}
}

// manifestFile is where a feature lists what it has done and when.
func manifestFile(owner string) string { return "features/" + owner + "/" + owner + ".go" }
