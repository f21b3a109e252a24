package events

import (
	"context"
	"encoding/json"
	"time"

	"example.com/pergola/core/feature"
)

// Dispatcher is an Outbox with everything behind it: what an application seals,
// starts and stops, and administrators look at. Every implementation passes
// eventstest.TestDispatcher.
type Dispatcher interface {
	Outbox
	Inspector

	// Seal tells which events and handlers there are. It is called once,
	// before the first event; publishing fails until then. Its error has a line
	// for each thing that is wrong, with the file to mend.
	Seal(manifests []feature.Manifest) error

	// Start begins to deliver. The values of the context reach the handlers,
	// its end does not. What was published before waits until then.
	Start(ctx context.Context) error

	// Stop begins no further delivery and waits for those that run. When ctx
	// ends they are cancelled, and handed back as if they had not begun. It
	// fails only if a handler goes on all the same. What is not delivered
	// stays, and is delivered after the next Start.
	Stop(ctx context.Context) error

	// Drain waits until every delivery has succeeded or is listed as failed,
	// with those that were published meanwhile and the pauses between attempts.
	// It fails when ctx ends, or when something waits and nothing is started.
	// It must not be called by a handler.
	Drain(ctx context.Context) error

	// Failures are the deliveries that have used up their attempts, oldest
	// first.
	Failures(ctx context.Context) ([]Failure, error)
}

// Failure is a delivery that has used up its attempts.
type Failure struct {
	ID          string // of the delivery; what Replay takes
	Event       string
	Handler     string
	MessageID   string // of the event: the same for all its handlers
	Key         string
	Payload     json.RawMessage
	PublishedAt time.Time
	FailedAt    time.Time
	Attempts    int
	Error       string // of the last attempt
	Stack       string // of the last attempt; "" for expected faults
}
