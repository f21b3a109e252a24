package jobs

import (
	"errors"
	"fmt"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/internal/descriptor"
)

// registry holds the jobs, handlers, queues and schedules of all manifests.
type registry struct {
	jobs     map[string]*definition
	handlers map[string]Handler
	queues   map[string]QueueConfig
	ticks    []tick
	problems descriptor.Problems
}

func newRegistry(manifests []feature.Manifest) (*registry, error) {
	r := &registry{jobs: map[string]*definition{}, handlers: map[string]Handler{}, queues: map[string]QueueConfig{}}
	for _, part := range feature.PartsOf[Queues](manifests) {
		for _, config := range part.Part {
			r.addQueue(part.Feature, config)
		}
	}
	r.useQueue(DefaultQueue)
	for _, part := range feature.PartsOf[Jobs](manifests) {
		for _, job := range part.Part {
			r.addJob(part.Feature, job)
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
	return r, r.problems.Err()
}

// handlerOf returns the handler of an entry. It may be called on nil.
func (r *registry) handlerOf(entry Entry) (Handler, error) {
	if r == nil {
		return Handler{}, errors.New("the jobs are not registered yet")
	}
	handler, ok := r.handlers[entry.Job]
	if !ok {
		return Handler{}, fmt.Errorf("no feature lists the job %q in its manifest (jobs.Jobs)", entry.Job)
	}
	if _, ok := r.queues[entry.Queue]; !ok {
		return Handler{}, fmt.Errorf("there is no queue %q: use it in a job's definition, or list it in a manifest (jobs.Queues)", entry.Queue)
	}
	return handler, nil
}

// isPrivate reports whether the payloads of a job must be hidden. It is true for
// unknown jobs.
func (r *registry) isPrivate(job string) bool {
	if r == nil || r.jobs[job] == nil {
		return true
	}
	return r.jobs[job].settings.private
}

func (r *registry) addQueue(owner string, config QueueConfig) {
	file := descriptor.ManifestFile(owner)
	if !validQueueName(config.Name) {
		r.problems.Add(file, "job queue %q: %s", config.Name, queueNameRule)
	}
	if config.Concurrency < 0 || config.FetchInterval < 0 {
		r.problems.Add(file, "job queue %q: concurrency and fetch interval must not be negative", config.Name)
	}
	if _, listed := r.queues[config.Name]; listed {
		r.problems.Add(file, "job queue %q is listed twice", config.Name)
	}
	if config.Concurrency == 0 {
		config.Concurrency = DefaultConcurrency
	}
	r.queues[config.Name] = config
}

// useQueue adds a queue that no manifest configures.
func (r *registry) useQueue(name string) {
	if _, listed := r.queues[name]; !listed {
		r.queues[name] = QueueConfig{Name: name, Concurrency: DefaultConcurrency}
	}
}

func (r *registry) addJob(owner string, job AnyJob) {
	file := descriptor.File(owner, "jobs.go")
	if job == nil || job.definition() == nil {
		r.problems.Add(file, "the feature %q lists a job that was not created by jobs.Define", owner)
		return
	}
	def := job.definition()
	r.problems.Check(file, "job", owner, def.name, 2, def.payload)
	if def.err != nil {
		r.problems.Add(file, "job %q: %v", def.name, def.err)
	}
	switch other := r.jobs[def.name]; other {
	case nil:
		r.jobs[def.name] = def
		r.useQueue(def.settings.queue)
	case def:
		r.problems.Add(descriptor.ManifestFile(owner), "job %q is listed twice", def.name)
	default:
		r.problems.Add(file, "job %q is defined twice, with the payloads %s and %s", def.name, other.payload, def.payload)
	}
}

func (r *registry) addHandler(owner string, handler Handler) {
	file := descriptor.ManifestFile(owner)
	listed := r.jobs[handler.Job()]
	_, handled := r.handlers[handler.Job()]
	switch {
	case handler.job == nil:
		r.problems.Add(file, "the feature %q lists a handler of a job that was not created by jobs.Define", owner)
	case listed == nil:
		r.problems.Add(descriptor.ManifestFile(descriptor.Owner(handler.Job())),
			"the feature %q handles the job %q, which no feature lists in its manifest (jobs.Jobs)", owner, handler.Job())
	case listed != handler.job:
		r.problems.Add(file, "the feature %q handles a job %q that is defined twice, and the other one is listed", owner, handler.Job())
	case handled:
		r.problems.Add(file, "job %q has two handlers", handler.Job())
	default:
		r.handlers[handler.Job()] = handler
	}
}

func (r *registry) checkHandled(owner string, job AnyJob) {
	if job == nil || job.definition() == nil {
		return
	}
	if _, ok := r.handlers[job.Name()]; !ok {
		r.problems.Add(descriptor.ManifestFile(owner), "job %q has no handler in the manifest of %q (jobs.Handlers)", job.Name(), owner)
	}
}

func (r *registry) addSchedules(manifests []feature.Manifest) {
	ids := map[string]bool{}
	for _, part := range feature.PartsOf[Schedules](manifests) {
		file := descriptor.ManifestFile(part.Feature)
		for _, scheduled := range part.Part {
			if scheduled.job == nil || r.jobs[scheduled.job.name] != scheduled.job {
				r.problems.Add(file, "the feature %q schedules a job that no feature lists in its manifest (jobs.Jobs)", part.Feature)
				continue
			}
			tick, err := scheduled.tick()
			switch {
			case err != nil:
				r.problems.Add(file, "schedule of %q: %v", scheduled.job.name, err)
			case ids[tick.id]:
				r.problems.Add(file, "job %q is scheduled twice for %q with the same payload", scheduled.job.name, scheduled.recurrence)
			default:
				ids[tick.id] = true
				r.useQueue(tick.entry.Queue)
				r.ticks = append(r.ticks, tick)
			}
		}
	}
}
