// Package work does pieces of work in memory, beside requests: what events and
// jobs stand on where there is no database to keep them.
//
// A piece belongs to a lane. A lane does so many pieces at once as it is wide,
// the most important first and then the oldest. A piece that fails is tried
// again after a pause that grows, while the lane goes on with others; after its
// last attempt it is listed as failed and can be replayed. Pieces of one lane
// with the same key are done strictly one after the other: the next begins when
// the one before has succeeded or is listed as failed.
//
// Nothing survives the process. What is promised within it: no piece is lost
// and none is done again after it succeeded.
package work

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Piece is one thing to be done.
type Piece struct {
	ID       string
	Lane     string
	Key      string    // "" for no order
	Unique   string    // "" or: not while another piece with the same text is unfinished
	Priority int       // smaller first
	Due      time.Time // not before; zero for at once

	MaxAttempts int
	Timeout     time.Duration // of one attempt; 0 for none

	// Do must not panic. Its context ends with the timeout, or when stopping
	// takes too long.
	Do func(ctx context.Context, attempt int) error

	// Subject is what the owner wants to find in the lists.
	Subject any
}

// Options says how a Crew works. Now, Backoff and Width are required.
type Options struct {
	Now         func() time.Time
	Backoff     func(attempt int) time.Duration // the pause after that many failed attempts
	Concurrency int                             // pieces at once over all lanes; 0 for no limit
	Width       func(lane string) int           // pieces at once in one lane

	// Failed is told of every failed attempt, and whether it was the last.
	Failed func(ctx context.Context, piece Piece, attempt int, err error, last bool)
}

// Backoff doubles from a second to an hour. A fifth more or less keeps apart
// what failed together.
func Backoff(attempt int) time.Duration {
	pause := time.Hour
	if attempt <= 12 { // later ones would be longer than the hour
		pause = time.Second << max(attempt-1, 0)
	}
	return time.Duration(float64(pause) * (0.8 + 0.4*rand.Float64()))
}

// GiveUp marks an error after which no further attempt is worth making.
func GiveUp(err error) error {
	if err == nil {
		return nil
	}
	return &givenUp{err}
}

type givenUp struct{ error }

func (g *givenUp) Unwrap() error { return g.error }

// IsGivenUp reports whether GiveUp has marked the error.
func IsGivenUp(err error) bool {
	_, ok := errors.AsType[*givenUp](err)
	return ok
}
