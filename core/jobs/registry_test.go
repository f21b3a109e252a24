package jobs_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
)

type untagged struct{ Plant string }

func ignore[T any](context.Context, T) error { return nil }

func TestRegister_reportsMistakesWithTheFileToFix(t *testing.T) {
	t.Parallel()
	other := jobs.Define[water]("garden.water")
	unlisted := jobs.Define[water]("garden.weed")
	var nothing jobs.Job[water]

	manifest := func(name string, parts ...feature.Part) []feature.Manifest {
		return []feature.Manifest{{Name: name, Parts: parts}}
	}
	lists := func(listed ...jobs.AnyJob) []feature.Manifest { return manifest("garden", jobs.Jobs(listed)) }
	handles := func(handlers ...jobs.Handler) []feature.Manifest {
		return manifest("garden", jobs.Jobs{waterJob}, jobs.Handlers(handlers))
	}
	schedules := func(scheduled ...jobs.ScheduledJob) []feature.Manifest {
		return []feature.Manifest{garden(ignore, jobs.Schedules(scheduled))}
	}
	queues := func(configs ...jobs.QueueConfig) []feature.Manifest {
		return []feature.Manifest{garden(ignore, jobs.Queues(configs))}
	}
	cron := func(expression, zone string) []feature.Manifest {
		return schedules(jobs.Schedule(waterJob, jobs.Cron(expression, zone), water{"fern"}))
	}
	const (
		names = "features/garden/jobs.go"
		front = "features/garden/garden.go"
	)
	tests := map[string]struct {
		manifests []feature.Manifest
		want      []string // in one line
	}{
		"a name in capitals":              {lists(jobs.Define[water]("garden.Water")), []string{`"garden.Water"`, "lower-case", names}},
		"a name of one word":              {lists(jobs.Define[water]("water")), []string{"2 lower-case words", names}},
		"the name of another feature":     {manifest("kitchen", jobs.Jobs{waterJob}), []string{`"kitchen."`, "features/kitchen/jobs.go"}},
		"a job that is listed twice":      {lists(waterJob, waterJob), []string{`"garden.water" is listed twice`, front}},
		"a job that is defined twice":     {lists(waterJob, other), []string{`"garden.water" is defined twice`, names}},
		"a job that was not defined":      {lists(nothing), []string{"not created by jobs.Define", names}},
		"a nil job":                       {lists(nil), []string{"not created by jobs.Define", names}},
		"a payload without json tags":     {lists(jobs.Define[untagged]("garden.water")), []string{"field Plant", "json tag", names}},
		"a payload that is not a struct":  {lists(jobs.Define[int]("garden.water")), []string{"int must be a struct", names}},
		"an invalid option":               {lists(jobs.Define[water]("garden.water", jobs.Priority(0))), []string{"Priority(0)", names}},
		"a time in a definition":          {lists(jobs.Define[water]("garden.water", jobs.At(time.Now()))), []string{"jobs.At is for Enqueue", names}},
		"a job without a handler":         {lists(waterJob), []string{`"garden.water" has no handler`, front}},
		"two handlers":                    {handles(jobs.Handle(waterJob, ignore), jobs.Handle(waterJob, ignore)), []string{"two handlers", front}},
		"a handler of another job":        {handles(jobs.Handle(other, ignore)), []string{"defined twice", front}},
		"a handler of no job":             {handles(jobs.Handle(nothing, ignore)), []string{"not created by jobs.Define", front}},
		"the zero handler":                {handles(jobs.Handler{}), []string{"not created by jobs.Define", front}},
		"a handler of an unlisted job":    {handles(jobs.Handle(unlisted, ignore)), []string{`"garden.weed", which no feature lists`, front}},
		"a schedule of an unlisted job":   {schedules(jobs.Schedule(unlisted, jobs.Every(time.Hour), water{"fern"})), []string{"no feature lists", front}},
		"a schedule of no job":            {schedules(jobs.ScheduledJob{}), []string{"no feature lists", front}},
		"a schedule without a recurrence": {schedules(jobs.Schedule(waterJob, jobs.Recurrence{}, water{"fern"})), []string{"jobs.Every or jobs.Cron", front}},
		"a schedule that is too quick":    {schedules(jobs.Schedule(waterJob, jobs.Every(time.Millisecond), water{"fern"})), []string{"Every(1ms)", front}},
		"a schedule with a bad payload":   {schedules(jobs.Schedule(waterJob, jobs.Every(time.Hour), water{})), []string{`"plant"`, front}},
		"a schedule at a time":            {schedules(jobs.Schedule(waterJob, jobs.Every(time.Hour), water{"fern"}, jobs.At(time.Now()))), []string{"jobs.At", front}},
		"a schedule twice": {
			schedules(jobs.Schedule(waterJob, jobs.Every(time.Hour), water{"fern"}), jobs.Schedule(waterJob, jobs.Every(60*time.Minute), water{"fern"})),
			[]string{"scheduled twice", "every 1h0m0s", front},
		},
		"a queue in capitals":          {queues(jobs.QueueConfig{Name: "Beds"}), []string{`"Beds"`, "lower-case", front}},
		"a queue that is listed twice": {queues(jobs.QueueConfig{Name: "beds"}, jobs.QueueConfig{Name: "beds"}), []string{`"beds" is listed twice`, front}},
		"a queue without concurrency":  {queues(jobs.QueueConfig{Name: "beds", Concurrency: -1}), []string{`"beds"`, "negative", front}},
		"six fields":                   {cron("0 0 7 * * *", "UTC"), []string{`"0 0 7 * * *"`, front}},
		"an unknown zone":              {cron("0 7 * * *", "Europe/Atlantis"), []string{"Europe/Atlantis", front}},
		"no zone":                      {cron("0 7 * * *", ""), []string{"set the time zone", front}},
		"the local zone":               {cron("0 7 * * *", "Local"), []string{"set the time zone", front}},
		"@every":                       {cron("@every 5m", "UTC"), []string{"jobs.Every", front}},
		"a zone in the fields":         {cron("CRON_TZ=UTC 0 7 * * *", "UTC"), []string{"second argument", front}},
		"a day that does not exist":    {cron("0 0 30 2 *", "UTC"), []string{"no such day", front}},
	}
	worker := unregistered(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			err := worker.Register(test.manifests)

			if err == nil {
				t.Fatal("registered")
			}
			for line := range strings.Lines(err.Error()) {
				if containsAll(line, test.want) {
					return
				}
			}
			t.Errorf("got:\n%v\nwant a line with %q", err, test.want)
		})
	}
}

// unregistered creates a worker that has no handlers.
func unregistered(t *testing.T) *jobs.Worker {
	t.Helper()
	worker, err := jobs.NewWorker(databasetest.Empty(t), jobs.WorkerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return worker
}

func containsAll(line string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(line, part) {
			return false
		}
	}
	return true
}

func TestRegister_acceptsEveryKindOfRecurrence(t *testing.T) {
	t.Parallel()
	var scheduled []jobs.ScheduledJob
	for _, recurrence := range []jobs.Recurrence{
		jobs.Every(time.Second), jobs.Every(36 * time.Hour),
		jobs.Cron("0 7 * * MON-FRI", "Europe/Berlin"), jobs.Cron("@daily", "UTC"), jobs.Cron("0 0 29 2 *", "UTC"),
	} {
		scheduled = append(scheduled, jobs.Schedule(waterJob, recurrence, water{"fern"}))
	}

	if err := unregistered(t).Register([]feature.Manifest{garden(ignore, jobs.Schedules(scheduled))}); err != nil {
		t.Error(err)
	}
}
