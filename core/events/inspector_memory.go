package events

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/internal/work"
	"example.com/pergola/core/observe"
)

// mostKept is how many events are known that were published: the newest.
const mostKept = 1000

// keep remembers an event that is committed.
func (m *Memory) keep(message Message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.published) == mostKept {
		m.published = slices.Delete(m.published, 0, 1)
	}
	m.published = append(m.published, message)
}

// Handlers are those that this program knows.
func (m *Memory) Handlers(context.Context) ([]HandlerState, error) {
	lanes := m.crew.Lanes()
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.registry.handlerStates(func(name string) map[State]int { return lanes[name].Counts }), nil
}

// Published is one page of the events that were published, newest first.
func (m *Memory) Published(_ context.Context, query PublishedQuery) ([]Published, error) {
	m.mu.RLock()
	var messages []Message
	for _, message := range m.published {
		if query.Event == "" || message.Event == query.Event {
			messages = append(messages, message)
		}
	}
	m.mu.RUnlock()
	slices.SortFunc(messages, func(a, b Message) int { return cmp.Compare(b.ID, a.ID) })
	messages = work.Cut(messages, query.Page.work(), func(message Message) string { return message.ID })
	return withDeliveries(messages, m.deliveries(work.Query{Match: func(record work.Record) bool {
		return slices.ContainsFunc(messages, func(message Message) bool { return message.ID == record.Piece.Subject.(subject).message.ID })
	}})), nil
}

// FindPublished is one event.
func (m *Memory) FindPublished(_ context.Context, messageID string) (Published, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	at := slices.IndexFunc(m.published, func(message Message) bool { return message.ID == messageID })
	if at < 0 {
		return Published{}, noEvent(messageID)
	}
	return withDeliveries(m.published[at:at+1], m.deliveries(work.Query{Match: func(record work.Record) bool {
		return record.Piece.Subject.(subject).message.ID == messageID
	}}))[0], nil
}

func noEvent(id string) error {
	return fault.NotFound.New("There is no event with the id %q.", id)
}

// Deliveries is one page of the deliveries that the query asks for.
func (m *Memory) Deliveries(_ context.Context, query DeliveryQuery) ([]Delivery, error) {
	return m.deliveries(work.Query{Page: query.Page.work(), Match: func(record work.Record) bool {
		return (query.State == "" || record.State == query.State) &&
			(query.Handler == "" || record.Piece.Lane == query.Handler)
	}}), nil
}

func (m *Memory) deliveries(query work.Query) []Delivery {
	records := m.crew.Records(query)
	deliveries := make([]Delivery, len(records))
	for n, record := range records {
		s := record.Piece.Subject.(subject)
		deliveries[n] = Delivery{
			ID:          record.Piece.ID,
			Handler:     s.handler.name,
			Event:       s.message.Event,
			MessageID:   s.message.ID,
			Key:         s.message.Key,
			State:       record.State,
			Payload:     s.message.Payload,
			Attempts:    record.Attempts,
			MaxAttempts: record.Piece.MaxAttempts,
			PublishedAt: s.message.PublishedAt,
			DueAt:       record.DueAt,
			BegunAt:     record.BegunAt,
			FinishedAt:  record.FinishedAt,
		}
		if record.Err != nil {
			place, _ := observe.Origin(record.Err)
			deliveries[n].Error, deliveries[n].Stack = record.Err.Error(), place.Stack
		}
	}
	return deliveries
}

// withDeliveries puts deliveries to their messages, in the order of names.
func withDeliveries(messages []Message, deliveries []Delivery) []Published {
	slices.SortFunc(deliveries, func(a, b Delivery) int { return cmp.Compare(a.Handler, b.Handler) })
	published := make([]Published, len(messages))
	for n, message := range messages {
		published[n] = Published{
			ID: message.ID, Event: message.Event, Key: message.Key, Payload: message.Payload, PublishedAt: message.PublishedAt,
		}
		for _, delivery := range deliveries {
			if delivery.MessageID == message.ID {
				published[n].Deliveries = append(published[n].Deliveries, delivery)
			}
		}
	}
	return published
}

// Retry makes the next attempt of a delivery at once.
func (m *Memory) Retry(_ context.Context, deliveryID string) error { return m.crew.Retry(deliveryID) }

// Cancel lists a delivery as failed that is not finished.
func (m *Memory) Cancel(_ context.Context, deliveryID string) error {
	return m.crew.Cancel(deliveryID)
}

// Revision is another text when anything has changed since.
func (m *Memory) Revision(context.Context) (string, error) {
	return strconv.FormatUint(m.crew.Revision(), 10), nil
}
