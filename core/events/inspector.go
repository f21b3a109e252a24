package events

import (
	"context"
	"encoding/json"
	"time"

	"example.com/pergola/core/internal/work"
)

// Inspector is how an administrator looks at events and their deliveries, and
// intervenes. Every Dispatcher is one, in whatever process is delivered.
type Inspector interface {
	// Handlers are those that this program knows or that have something to do,
	// by name.
	Handlers(ctx context.Context) ([]HandlerState, error)

	// Published is one page of the events that were published, newest first,
	// with their deliveries. It fails with fault.NotFound if there is no such
	// page. Events are kept for as long as the implementation says, and
	// deliveries that are done for a day, or in memory as long as there is room.
	Published(ctx context.Context, query PublishedQuery) ([]Published, error)

	// FindPublished is one event. It fails with fault.NotFound if none has the
	// id.
	FindPublished(ctx context.Context, messageID string) (Published, error)

	// Deliveries is one page of the deliveries that the query asks for, newest
	// first. It fails with fault.NotFound if there is no such page.
	Deliveries(ctx context.Context, query DeliveryQuery) ([]Delivery, error)

	// Retry makes the next attempt of a delivery at once that waits for it. It
	// fails with fault.NotFound if there is no such delivery, and with
	// fault.Conflict if it does not wait for a time.
	Retry(ctx context.Context, deliveryID string) error

	// Cancel lists a delivery as failed that is not finished, from where it can
	// be replayed; the next of its key goes on. If it runs, the context of its
	// handler ends; when the handler succeeds all the same, it is done. It fails
	// with fault.NotFound if there is no such delivery, and with fault.Conflict
	// if it is finished.
	Cancel(ctx context.Context, deliveryID string) error

	// Replay gives a failed delivery all its attempts again, behind what waits.
	// It fails with fault.NotFound if no failed delivery has the id.
	Replay(ctx context.Context, failureID string) error

	// Revision is another text when anything of this has changed since, for
	// those who keep a page up to date.
	Revision(ctx context.Context) (string, error)
}

// State is where a delivery is on its way.
type State = work.State

// The states of a delivery. It begins as waiting and ends as done or failed.
const (
	Waiting  = work.Waiting // for room, or behind another of its key
	Running  = work.Running
	Retrying = work.Retrying // its last attempt failed, and the next is due later
	Failed   = work.Failed   // has used up its attempts, or was cancelled
	Done     = work.Done
)

// States are all states, in the order of a delivery's life.
func States() []State { return []State{Waiting, Running, Retrying, Failed, Done} }

// Page is a part of a list that has the newest first. At most one of OlderThan
// and NewerThan is set.
type Page struct {
	OlderThan string // an id: what is older
	NewerThan string // an id: what is newer, the nearest
	Limit     int    // 50 unless set
}

const defaultLimit = 50

func (p Page) work() work.Page {
	if p.Limit <= 0 {
		p.Limit = defaultLimit
	}
	return work.Page{OlderThan: p.OlderThan, NewerThan: p.NewerThan, Limit: p.Limit}
}

// PublishedQuery says which events are asked for.
type PublishedQuery struct {
	Event string // the name; "" for all
	Page
}

// DeliveryQuery says which deliveries are asked for.
type DeliveryQuery struct {
	State   State  // "" for all
	Handler string // "" for all
	Page
}

// Published is an event that was published.
type Published struct {
	ID          string
	Event       string
	Key         string // OrderBy's; "" for no order
	Payload     json.RawMessage
	PublishedAt time.Time
	Deliveries  []Delivery // in the order of their handlers' names
}

// Delivery is an event on its way to one handler.
type Delivery struct {
	ID          string
	Handler     string
	Event       string
	MessageID   string // the Published's ID
	Key         string
	State       State
	Payload     json.RawMessage
	Attempts    int // the one that runs included
	MaxAttempts int
	PublishedAt time.Time
	DueAt       time.Time // the next attempt, or the last
	BegunAt     time.Time // the last attempt; zero before the first
	FinishedAt  time.Time // zero until it is done or failed
	Error       string    // of the last attempt that failed; "" if none did
	Stack       string    // of that attempt; "" for expected faults
}

// HandlerState is what a handler has to do. What is done is not counted.
type HandlerState struct {
	Name   string
	Event  string        // "" if this program does not know the handler
	Counts map[State]int // of deliveries in all processes; those that are zero may be left out
}
