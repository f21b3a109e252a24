package jobs

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Defaults of a job.
const (
	DefaultQueue       = "default"
	DefaultPriority    = 2
	DefaultMaxAttempts = 12              // the last about half an hour after the first
	DefaultTimeout     = 1 * time.Minute // of one attempt
)

// Option configures a job.
type Option func(*settings) error

// MaxAttempts is the maximum number of attempts, including the first, before a
// job fails permanently. The maximum is 32,767.
func MaxAttempts(n int) Option {
	return func(s *settings) error {
		s.maxAttempts = n
		if n < 1 {
			return fmt.Errorf("jobs.MaxAttempts(%d): must be at least 1", n)
		}
		return nil
	}
}

// Timeout is the maximum duration of one attempt; its context ends after it.
func Timeout(d time.Duration) Option {
	return func(s *settings) error {
		s.timeout = d
		if d <= 0 {
			return fmt.Errorf("jobs.Timeout(%s): must be above zero", d)
		}
		return nil
	}
}

// Priority decides which jobs of a full queue start first: 1 before 2 before 3
// before 4. It is DefaultPriority unless set.
func Priority(n int) Option {
	return func(s *settings) error {
		s.priority = n
		if n < 1 || n > 4 {
			return fmt.Errorf("jobs.Priority(%d): must be 1, 2, 3 or 4", n)
		}
		return nil
	}
}

// Hyphens are reserved for the queues of events.
var queuePattern = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

const queueNameRule = "the name must be at most 64 lower-case letters, digits and underscores"

func validQueueName(name string) bool { return queuePattern.MatchString(name) && len(name) <= 64 }

// OnQueue puts the job on a queue other than DefaultQueue, so that slow jobs do
// not delay quick ones. A queue exists if the definition of a job or a manifest
// (see Queues) names it.
func OnQueue(name string) Option {
	return func(s *settings) error {
		s.queue = name
		if !validQueueName(name) {
			return fmt.Errorf("jobs.OnQueue(%q): %s", name, queueNameRule)
		}
		return nil
	}
}

// UniqueBy enqueues the job only if no other job with its name and key is
// unfinished: waiting, running, or between two attempts. Otherwise Enqueue does
// nothing and succeeds. Note that the other job may already be running, with
// data it has read before.
func UniqueBy(key string) Option {
	return func(s *settings) error {
		s.uniqueKey = key
		if key == "" {
			return errors.New("jobs.UniqueBy: the key must not be empty")
		}
		return nil
	}
}

// At is the earliest time at which the job runs. A time in the past means now.
// It can be given to Enqueue only.
func At(t time.Time) Option {
	return func(s *settings) error {
		s.at = t
		return nil
	}
}

// Private hides the payload of a job from administrators, because it contains
// personal data or secrets, such as an email with a sign-in link. It can be given
// to Define only.
func Private() Option {
	return func(s *settings) error {
		s.private = true
		return nil
	}
}

type settings struct {
	queue       string
	priority    int
	maxAttempts int
	timeout     time.Duration
	uniqueKey   string
	at          time.Time
	private     bool
}

func defaults() settings {
	return settings{
		queue:       DefaultQueue,
		priority:    DefaultPriority,
		maxAttempts: DefaultMaxAttempts,
		timeout:     DefaultTimeout,
	}
}

func (s settings) with(options []Option) (settings, error) {
	var errs []error
	for _, option := range options {
		errs = append(errs, option(&s))
	}
	return s, errors.Join(errs...)
}
