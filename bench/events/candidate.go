package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.com/pergola/core/database"
)

// Settings that are the same for both.
const (
	width      = 100                  // MaxWorkers
	cooldown   = 5 * time.Millisecond // FetchCooldown
	publishers = 8                    // concurrent
)

// subject is an implementation to measure.
type subject interface {
	publish(ctx context.Context, number int) error // in its own transaction
	stop()
}

// handled counts the events that the handlers of a subject received.
type handled struct {
	count atomic.Int64
	begun chan time.Time // start time of a handler, while want is set
	want  atomic.Bool
}

func newHandled() *handled { return &handled{begun: make(chan time.Time, 1)} }

func (h *handled) begin() {
	if h.want.Load() {
		h.begun <- time.Now()
	}
}

func (h *handled) done() { h.count.Add(1) }

// candidate is one row of the table.
type candidate struct {
	name    string
	open    func(ctx context.Context, db *database.DB) (measured, error)
	subject measured

	perSecond []float64
	medians   []time.Duration
	p99s      []time.Duration
}

// measured is a subject and the count of its handlers.
type measured struct {
	subject
	*handled
}

// measureAll alternates, so that a slow moment of the machine affects all equally.
func measureAll(ctx context.Context, candidates []*candidate, s settings) error {
	fmt.Printf("%d events per round in separate transactions, %d publishers, %d concurrent handlers, completed in a transaction; %d rounds\n\n",
		s.events, publishers, width, s.rounds)
	for _, c := range candidates { // warm up
		if _, err := c.throughput(ctx, s.events/5); err != nil {
			return err
		}
	}
	for range s.rounds {
		for _, c := range candidates {
			if err := c.measure(ctx, s); err != nil {
				return err
			}
		}
	}
	fmt.Printf("%-28s %12s %12s %22s %12s\n", "", "events/s", "of baseline", "commit to handler", "p99")
	base := median(candidates[0].perSecond)
	for _, c := range candidates {
		fmt.Printf("%-28s %12.0f %12.2f %22s %12s\n", c.name, median(c.perSecond), median(c.perSecond)/base,
			median(c.medians).Round(10*time.Microsecond), median(c.p99s).Round(10*time.Microsecond))
	}
	return nil
}

func (c *candidate) measure(ctx context.Context, s settings) error {
	perSecond, err := c.throughput(ctx, s.events)
	if err != nil {
		return err
	}
	took, err := c.latencies(ctx, s.samples)
	if err != nil {
		return err
	}
	c.perSecond = append(c.perSecond, perSecond)
	c.medians = append(c.medians, took[len(took)/2])
	c.p99s = append(c.p99s, took[len(took)*99/100])
	return nil
}

// throughput returns the number of events published and handled per second.
func (c *candidate) throughput(ctx context.Context, events int) (float64, error) {
	before, began := c.subject.count.Load(), time.Now()
	var next atomic.Int64
	var group sync.WaitGroup
	var failed atomic.Value
	for range publishers {
		group.Go(func() {
			for {
				n := int(next.Add(1))
				if n > events {
					return
				}
				if err := c.subject.publish(ctx, n); err != nil {
					failed.Store(err)
					return
				}
			}
		})
	}
	group.Wait()
	if err, is := failed.Load().(error); is {
		return 0, fmt.Errorf("%s: %w", c.name, err)
	}
	for c.subject.count.Load() < before+int64(events) {
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return float64(events) / time.Since(began).Seconds(), nil
}

// latencies returns the sorted times from the commit of an event to the beginning
// of its handler, on an idle system.
func (c *candidate) latencies(ctx context.Context, samples int) ([]time.Duration, error) {
	c.subject.want.Store(true)
	defer c.subject.want.Store(false)
	took := make([]time.Duration, samples)
	for n := range samples {
		time.Sleep(20 * time.Millisecond) // until the previous one is stored as done
		if err := c.subject.publish(ctx, n+1); err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		committed := time.Now()
		took[n] = max((<-c.subject.begun).Sub(committed), 0)
	}
	slices.Sort(took)
	return took, nil
}

func median[T float64 | time.Duration](values []T) T {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

// urlOf returns the address of another database of the same server.
func urlOf(server, name string) (string, error) {
	parsed, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	parsed.Path = "/" + name
	return parsed.String(), nil
}
