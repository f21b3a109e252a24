package jobs

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// What a job gets unless it says otherwise.
const (
	DefaultQueue       = "default"
	DefaultPriority    = 2
	DefaultMaxAttempts = 12              // the last about half an hour after the first
	DefaultTimeout     = 1 * time.Minute // of one attempt
)

// Option says how a job is done.
type Option func(*settings) error

// MaxAttempts is how often a job is tried before it is listed as failed, the
// first time included. More than 32,767 are as many.
func MaxAttempts(n int) Option {
	return func(s *settings) error {
		s.maxAttempts = n
		if n < 1 {
			return fmt.Errorf("jobs.MaxAttempts(%d): a job has at least one attempt", n)
		}
		return nil
	}
}

// Timeout is how long one attempt may take before its context ends.
func Timeout(d time.Duration) Option {
	return func(s *settings) error {
		s.timeout = d
		if d <= 0 {
			return fmt.Errorf("jobs.Timeout(%s): a timeout is longer than nothing", d)
		}
		return nil
	}
}

// Priority is who goes first when a queue is full: 1 before 2 before 3 before
// 4. Unless set it is 2.
func Priority(n int) Option {
	return func(s *settings) error {
		s.priority = n
		if n < 1 || n > 4 {
			return fmt.Errorf("jobs.Priority(%d): a priority is 1, 2, 3 or 4", n)
		}
		return nil
	}
}

const maxQueue = 64

var queuePattern = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// OnQueue puts the job on another queue than "default", so that slow work does
// not stand in the way of quick work. A queue exists when the definition of some
// job names it, or the options of the Worker do.
func OnQueue(name string) Option {
	return func(s *settings) error {
		s.queue = name
		if !queuePattern.MatchString(name) || len(name) > maxQueue {
			return fmt.Errorf("jobs.OnQueue(%q): a queue's name is one lower-case word of at most %d characters", name, maxQueue)
		}
		return nil
	}
}

// UniqueBy enqueues the job only if no other of the same name and key is
// unfinished: waiting, running, or between two attempts. Otherwise Enqueue does
// nothing and succeeds. Mind that the other may be running and have read its
// data already.
func UniqueBy(key string) Option {
	return func(s *settings) error {
		s.uniqueKey = key
		if key == "" {
			return errors.New("jobs.UniqueBy: the key is empty")
		}
		return nil
	}
}

// At is when the job is to be done, or as soon after as there is room. A time
// in the past is at once. It is for Enqueue.
func At(t time.Time) Option {
	return func(s *settings) error {
		s.at = t
		return nil
	}
}

// Private keeps the payload of a job from administrators, because it holds what
// is for one reader, such as a mail with a link that signs in. It is for
// Define.
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
