package jobs

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Recurrence determines the ticks of a schedule. Create it with Every or Cron.
//
// Ticks that were missed, because the machine slept, the database was away or no
// process was running, are made up for as soon as possible, once for all of them;
// see SkipMissed. Each time it is logged.
type Recurrence struct {
	text       string
	parse      func() (cron.Schedule, error)
	skipMissed bool
}

// SkipMissed skips ticks that could not be enqueued within a minute, for jobs that
// are of no use later.
func (r Recurrence) SkipMissed() Recurrence {
	r.skipMissed = true
	return r
}

// Every ticks at multiples of d, so that all processes agree on the ticks:
// Every(15*time.Minute) ticks at :00, :15, :30 and :45. If d divides a day, they
// are counted from midnight UTC. The minimum is a second.
func Every(d time.Duration) Recurrence {
	return Recurrence{text: "every " + d.String(), parse: func() (cron.Schedule, error) {
		if d < time.Second {
			return nil, fmt.Errorf("jobs.Every(%s): must be at least a second", d)
		}
		return multiples(d), nil
	}}
}

// Cron ticks by a crontab expression of five fields (minute, hour, day of month,
// month, day of week; or @hourly, @daily, @weekly, @monthly, @yearly) in a time
// zone such as "Europe/Berlin" or "UTC". A local time that is skipped when
// daylight saving time begins does not tick on that day; one that occurs twice
// when it ends ticks once, unless the hour is * or */n.
func Cron(expression, zone string) Recurrence {
	return Recurrence{text: expression + " " + zone, parse: func() (cron.Schedule, error) {
		return parseCron(expression, zone)
	}}
}

func parseCron(expression, zone string) (cron.Schedule, error) {
	name := fmt.Sprintf("jobs.Cron(%q, %q)", expression, zone)
	if zone == "" || zone == "Local" {
		return nil, fmt.Errorf(`%s: set the time zone, as in "Europe/Berlin"`, name)
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if strings.HasPrefix(expression, "@every") || strings.Contains(expression, "TZ=") {
		return nil, fmt.Errorf("%s: use jobs.Every for @every, and the second argument for the time zone", name)
	}
	schedule, err := cron.ParseStandard(expression)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	fields, ok := schedule.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("%s: must have five fields", name)
	}
	fields.Location = location
	if fields.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, location)).IsZero() {
		return nil, fmt.Errorf("%s: no such day exists", name)
	}
	if ticksHourly(expression) {
		return fields, nil
	}
	return withoutRepeats{fields}, nil
}

// ticksHourly reports whether a repeated hour ticks again.
func ticksHourly(expression string) bool {
	if expression == "@hourly" {
		return true
	}
	fields := strings.Fields(expression)
	return len(fields) == 5 && strings.HasPrefix(fields[1], "*")
}

// withoutRepeats skips local times that occur for the second time.
type withoutRepeats struct{ fields *cron.SpecSchedule }

func (s withoutRepeats) Next(after time.Time) time.Time {
	next := s.fields.Next(after)
	for repeated(next.In(s.fields.Location)) {
		next = s.fields.Next(next)
	}
	return next
}

func repeated(t time.Time) bool {
	began, _ := t.ZoneBounds()
	if began.IsZero() {
		return false
	}
	_, offset := t.Zone()
	_, before := began.Add(-time.Nanosecond).Zone()
	return t.Sub(began) < time.Duration(before-offset)*time.Second
}

// String returns the recurrence as it was given: "0 7 * * * Europe/Berlin".
func (r Recurrence) String() string { return r.text }

type multiples time.Duration

func (m multiples) Next(after time.Time) time.Time {
	d := time.Duration(m)
	return after.Truncate(d).Add(d)
}

// ScheduledJob is a job with its recurrence. Create it with Schedule.
type ScheduledJob struct {
	job        *definition
	recurrence Recurrence
	payload    any
	options    []Option
}

// Schedule enqueues the job with this payload at every tick of the recurrence. With
// UniqueBy, ticks are skipped while the job of an earlier one is unfinished.
func Schedule[T any](job Job[T], recurrence Recurrence, payload T, options ...Option) ScheduledJob {
	return ScheduledJob{job: job.def, recurrence: recurrence, payload: payload, options: options}
}

// Schedules lists the schedules of a feature, in its manifest.
type Schedules []ScheduledJob

// FeaturePart names the part.
func (Schedules) FeaturePart() string { return "job schedules" }

// tick is a valid ScheduledJob: what to enqueue, and when.
type tick struct {
	id       string // the same in every process
	entry    Entry
	schedule cron.Schedule

	skipMissed bool
}

func (s ScheduledJob) tick() (tick, error) {
	if s.recurrence.parse == nil {
		return tick{}, errors.New("a schedule needs jobs.Every or jobs.Cron")
	}
	schedule, err := s.recurrence.parse()
	if err != nil {
		return tick{}, err
	}
	entry, err := s.job.entry(s.payload, s.options)
	if err != nil {
		return tick{}, err
	}
	if !entry.At.IsZero() {
		return tick{}, errors.New("jobs.At is for Enqueue, not for Schedule")
	}
	return tick{
		id:       strings.Join([]string{s.job.name, s.recurrence.text, string(entry.Payload)}, " "),
		entry:    entry,
		schedule: schedule,

		skipMissed: s.recurrence.skipMissed,
	}, nil
}
