package events

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/internal/durable"
)

// Handlers are those that this program knows or that have something to do.
func (p *Postgres) Handlers(ctx context.Context) ([]HandlerState, error) {
	tallies, err := p.engine.Tallies(ctx)
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	states := map[string]HandlerState{}
	for _, known := range p.registry.handlerStates(func(string) map[State]int { return map[State]int{} }) {
		states[known.Name] = known
	}
	for _, tally := range tallies {
		if _, known := states[tally.Kind]; !known {
			states[tally.Kind] = HandlerState{Name: tally.Kind, Counts: map[State]int{}}
		}
		states[tally.Kind].Counts[tally.State] += tally.Pieces
	}
	return slices.SortedFunc(maps.Values(states), func(a, b HandlerState) int { return cmp.Compare(a.Name, b.Name) }), nil
}

// The statements list what was published; $1 is the name of an event or "", $2
// is where the page begins and $3 how long it is.
const (
	selectMessages = `select id, event, key, payload, published_at from events_messages`
	olderMessages  = selectMessages + ` where ($1 = '' or event = $1) and id < $2 order by id desc limit $3`
	newerMessages  = selectMessages + ` where ($1 = '' or event = $1) and id > $2 order by id limit $3`
	oneMessage     = selectMessages + ` where id = $1`
)

// Published is one page of the events that were published, newest first.
func (p *Postgres) Published(ctx context.Context, query PublishedQuery) ([]Published, error) {
	page := query.Page.work()
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
	rows, err := p.db.Query(ctx, statement, query.Event, start.String(), page.Limit)
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	messages, err := pgx.CollectRows(rows, readMessage)
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	if page.NewerThan != "" {
		slices.Reverse(messages)
	}
	return p.withDeliveries(ctx, messages)
}

func readMessage(row pgx.CollectableRow) (message Message, err error) {
	err = row.Scan(&message.ID, &message.Event, &message.Key, &message.Payload, &message.PublishedAt)
	return message, err
}

// FindPublished is one event.
func (p *Postgres) FindPublished(ctx context.Context, messageID string) (Published, error) {
	id, err := uuid.Parse(messageID)
	if err != nil {
		return Published{}, noEvent(messageID)
	}
	rows, err := p.db.Query(ctx, oneMessage, id.String())
	if err != nil {
		return Published{}, fmt.Errorf("find an event: %w", err)
	}
	messages, err := pgx.CollectRows(rows, readMessage)
	if err != nil {
		return Published{}, fmt.Errorf("find an event: %w", err)
	}
	records, err := p.engine.RecordsOf(ctx, []string{id.String()})
	switch {
	case err != nil:
		return Published{}, fmt.Errorf("events: %w", err)
	case len(messages)+len(records) == 0:
		return Published{}, noEvent(messageID)
	case len(messages) == 0: // it was removed, and a delivery that failed was not
		messages = []Message{messageOf(records[0].Piece.Args)}
	}
	return withDeliveries(messages, deliveriesIn(records))[0], nil
}

func (p *Postgres) withDeliveries(ctx context.Context, messages []Message) ([]Published, error) {
	ids := make([]string, len(messages))
	for n, message := range messages {
		ids[n] = message.ID
	}
	records, err := p.engine.RecordsOf(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	return withDeliveries(messages, deliveriesIn(records)), nil
}

// Deliveries is one page of the deliveries that the query asks for.
func (p *Postgres) Deliveries(ctx context.Context, query DeliveryQuery) ([]Delivery, error) {
	records, err := p.engine.Records(ctx, durable.Query{State: query.State, Kind: query.Handler, Page: query.Page.work()})
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	return deliveriesIn(records), nil
}

func deliveriesIn(records []durable.Record) []Delivery {
	deliveries := make([]Delivery, len(records))
	for n, record := range records {
		message := messageOf(record.Piece.Args)
		deliveries[n] = Delivery{
			ID:          strconv.FormatInt(record.Piece.ID, 10),
			Handler:     record.Piece.Kind,
			Event:       message.Event,
			MessageID:   message.ID,
			Key:         message.Key,
			State:       record.State,
			Payload:     message.Payload,
			Attempts:    record.Piece.Attempt,
			MaxAttempts: record.Piece.MaxAttempts,
			PublishedAt: message.PublishedAt,
			DueAt:       record.DueAt,
			BegunAt:     record.BegunAt,
			FinishedAt:  record.FinishedAt,
			Error:       record.Error,
			Stack:       record.Stack,
		}
	}
	return deliveries
}

// Retry makes the next attempt of a delivery at once.
func (p *Postgres) Retry(ctx context.Context, deliveryID string) error {
	return p.engine.Retry(ctx, deliveryID)
}

// Cancel lists a delivery as failed that is not finished.
func (p *Postgres) Cancel(ctx context.Context, deliveryID string) error {
	return p.db.InTx(ctx, func(ctx context.Context) error {
		piece, err := p.engine.Cancel(ctx, deliveryID)
		if err != nil || piece.Args.Key == "" {
			return err
		}
		p.releaseAfterCommit(ctx, []string{piece.Kind}, piece.Args.Key)
		return nil
	})
}

// Revision is another text when anything has changed since.
func (p *Postgres) Revision(ctx context.Context) (string, error) {
	return p.engine.Revision(ctx)
}
