package events

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/internal/durable"
)

// State is the state of a delivery.
type State = durable.State

// The states of a delivery. It begins as waiting and ends as done or failed.
const (
	Waiting  = durable.Waiting // for a free worker, or behind another with its key
	Running  = durable.Running
	Retrying = durable.Retrying // the last attempt failed, and the next is due later
	Failed   = durable.Failed   // out of attempts, or canceled
	Done     = durable.Done
)

// States returns all states, in the order in which a delivery goes through them.
func States() []State { return []State{Waiting, Running, Retrying, Failed, Done} }

// Page selects a part of a list that is sorted newest first.
type Page = durable.Page

// PublishedQuery selects published events.
type PublishedQuery struct {
	Event string // the name; "" for all
	Page
}

// DeliveryQuery selects deliveries.
type DeliveryQuery struct {
	State   State  // "" for all
	Handler string // "" for all
	Page
}

// Published is an event that was published.
type Published struct {
	ID          string
	Event       string
	Key         string // of OrderBy; "" for no order
	Payload     json.RawMessage
	PublishedAt time.Time
	Deliveries  []Delivery // sorted by handler
}

// Delivery is the delivery of an event to one handler.
type Delivery struct {
	ID          string
	Handler     string
	Event       string
	MessageID   string // the Published's ID
	Key         string
	State       State
	Payload     json.RawMessage
	Attempts    int // including a running one
	MaxAttempts int
	PublishedAt time.Time
	DueAt       time.Time // of the next attempt, or of the last
	StartedAt   time.Time // of the last attempt; zero before the first
	FinishedAt  time.Time // zero until it is done or failed
	Error       string    // of the last failed attempt; "" if none failed
	Stack       string    // of that attempt; "" for expected faults
}

// HandlerState counts the deliveries of a handler in all processes, except those
// that are done.
type HandlerState struct {
	Name   string
	Event  string        // "" if this program does not have the handler
	Counts map[State]int // zero counts may be missing
}

// Handlers returns the handlers that this program has or that have deliveries,
// sorted by name.
func (d *Dispatcher) Handlers(ctx context.Context) ([]HandlerState, error) {
	counts, err := d.engine.Counts(ctx)
	if err != nil {
		return nil, err
	}
	states := map[string]HandlerState{}
	if registry := d.registered(); registry != nil {
		for name, handler := range registry.byName {
			states[name] = HandlerState{Name: name, Event: handler.Event(), Counts: map[State]int{}}
		}
	}
	for _, count := range counts {
		if _, known := states[count.Kind]; !known {
			states[count.Kind] = HandlerState{Name: count.Kind, Counts: map[State]int{}}
		}
		states[count.Kind].Counts[count.State] += count.Tasks
	}
	return slices.SortedFunc(maps.Values(states), func(a, b HandlerState) int { return cmp.Compare(a.Name, b.Name) }), nil
}

// Parameters: $1 the name of an event or "", $2 the id at which the page begins,
// $3 its length.
const (
	selectMessages = `select id, event, key, payload, published_at from events_messages`
	olderMessages  = selectMessages + ` where ($1 = '' or event = $1) and id < $2 order by id desc limit $3`
	newerMessages  = selectMessages + ` where ($1 = '' or event = $1) and id > $2 order by id limit $3`
	oneMessage     = selectMessages + ` where id = $1`
)

// Published returns the published events that match the query, newest first,
// with their deliveries. It fails with fault.NotFound if there is no such page.
// Events are kept for DispatcherOptions.Retention, done deliveries for a day.
func (d *Dispatcher) Published(ctx context.Context, query PublishedQuery) ([]Published, error) {
	page := query.Page.WithDefault()
	statement, start := olderMessages, uuid.Max
	if from := cmp.Or(page.NewerThan, page.OlderThan); from != "" {
		var err error
		if start, err = uuid.Parse(from); err != nil {
			return nil, fault.NotFound.New("There is no such page.")
		}
	}
	if page.NewerThan != "" {
		statement = newerMessages
	}
	rows, err := d.db.Query(ctx, statement, query.Event, start.String(), page.Limit)
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	messages, err := pgx.CollectRows(rows, scanMessage)
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	if page.NewerThan != "" {
		slices.Reverse(messages)
	}
	ids := make([]string, len(messages))
	for n, message := range messages {
		ids[n] = message.ID
	}
	records, err := d.engine.RecordsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	return withDeliveries(messages, deliveriesOf(records)), nil
}

func scanMessage(row pgx.CollectableRow) (message Message, err error) {
	err = row.Scan(&message.ID, &message.Event, &message.Key, &message.Payload, &message.PublishedAt)
	return message, err
}

// FindPublished returns one event. It fails with fault.NotFound if none has the
// id.
func (d *Dispatcher) FindPublished(ctx context.Context, messageID string) (Published, error) {
	id, err := uuid.Parse(messageID)
	if err != nil {
		return Published{}, noEvent(messageID)
	}
	rows, err := d.db.Query(ctx, oneMessage, id.String())
	if err != nil {
		return Published{}, fmt.Errorf("find an event: %w", err)
	}
	messages, err := pgx.CollectRows(rows, scanMessage)
	if err != nil {
		return Published{}, fmt.Errorf("find an event: %w", err)
	}
	records, err := d.engine.RecordsOf(ctx, []string{id.String()})
	switch {
	case err != nil:
		return Published{}, err
	case len(messages)+len(records) == 0:
		return Published{}, noEvent(messageID)
	case len(messages) == 0: // it was removed, but a failed delivery was not
		messages = []Message{messageOf(records[0].Task.Args)}
	}
	return withDeliveries(messages, deliveriesOf(records))[0], nil
}

func noEvent(id string) error {
	return fault.NotFound.New("There is no event with the ID %q.", id)
}

// withDeliveries adds the deliveries to their messages.
func withDeliveries(messages []Message, deliveries []Delivery) []Published {
	slices.SortFunc(deliveries, func(a, b Delivery) int { return cmp.Compare(a.Handler, b.Handler) })
	byMessage := map[string][]Delivery{}
	for _, delivery := range deliveries {
		byMessage[delivery.MessageID] = append(byMessage[delivery.MessageID], delivery)
	}
	published := make([]Published, len(messages))
	for n, message := range messages {
		published[n] = Published{
			ID: message.ID, Event: message.Event, Key: message.Key, Payload: message.Payload,
			PublishedAt: message.PublishedAt, Deliveries: byMessage[message.ID],
		}
	}
	return published
}

// Deliveries returns the deliveries that match the query, newest first. It fails
// with fault.NotFound if there is no such page.
func (d *Dispatcher) Deliveries(ctx context.Context, query DeliveryQuery) ([]Delivery, error) {
	records, err := d.engine.Records(ctx, durable.Query{State: query.State, Kind: query.Handler, Page: query.Page})
	if err != nil {
		return nil, err
	}
	return deliveriesOf(records), nil
}

func deliveriesOf(records []durable.Record) []Delivery {
	deliveries := make([]Delivery, len(records))
	for n, record := range records {
		message := messageOf(record.Task.Args)
		deliveries[n] = Delivery{
			ID:          strconv.FormatInt(record.Task.ID, 10),
			Handler:     record.Task.Kind,
			Event:       message.Event,
			MessageID:   message.ID,
			Key:         message.Key,
			State:       record.State,
			Payload:     message.Payload,
			Attempts:    record.Task.Attempt,
			MaxAttempts: record.Task.MaxAttempts,
			PublishedAt: message.PublishedAt,
			DueAt:       record.DueAt,
			StartedAt:   record.StartedAt,
			FinishedAt:  record.FinishedAt,
			Error:       record.Error,
			Stack:       record.Stack,
		}
	}
	return deliveries
}

// Retry makes the next attempt of a delivery now instead of later. It fails with
// fault.NotFound if there is no such delivery, and with fault.Conflict if it is
// not waiting for a retry.
func (d *Dispatcher) Retry(ctx context.Context, deliveryID string) error {
	return d.engine.Retry(ctx, deliveryID)
}

// Cancel marks an unfinished delivery as failed, from where it can be replayed,
// and the next delivery with its key runs. If it is running, the context of its
// handler is canceled; if the handler still succeeds, the delivery is done. It
// fails with fault.NotFound if there is no such delivery, and with
// fault.Conflict if it is finished.
func (d *Dispatcher) Cancel(ctx context.Context, deliveryID string) error {
	return d.db.InTx(ctx, func(ctx context.Context) error {
		task, err := d.engine.Cancel(ctx, deliveryID)
		if err != nil || task.Args.Key == "" {
			return err
		}
		d.releaseAfterCommit(ctx, []string{task.Kind}, task.Args.Key)
		return nil
	})
}

// Replay gives a failed delivery its full number of attempts again, after those
// that wait with its key. It fails with fault.NotFound if no failed delivery has
// the id.
func (d *Dispatcher) Replay(ctx context.Context, deliveryID string) error {
	return d.db.InTx(ctx, func(ctx context.Context) error {
		task, err := d.engine.Replay(ctx, deliveryID)
		if err != nil || task.Args.Key == "" {
			return err
		}
		return d.append(ctx, messageOf(task.Args), []string{task.Kind}, []int64{task.ID})
	})
}

// Revision returns a string that differs after each change, for pages that
// refresh automatically.
func (d *Dispatcher) Revision(ctx context.Context) (string, error) { return d.engine.Revision(ctx) }
