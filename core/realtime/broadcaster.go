package realtime

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// Broadcaster sends messages to browsers. *Hub is the implementation for
// applications, realtimetest.Recorder the one for tests.
type Broadcaster interface {
	// Broadcast sends the message to all subscribers of its topic: after the
	// commit if ctx carries a transaction, never if that rolls back, otherwise
	// immediately. Features call channel.Broadcast instead.
	Broadcast(ctx context.Context, message Message) error

	// Recheck calls the authorizer of a topic again for everyone who is
	// subscribed or present: after the commit if ctx carries a transaction, never
	// if that rolls back, otherwise soon. Features call topic.Recheck instead.
	Recheck(ctx context.Context, topic string)
}

// Message is a payload for one topic. The channel validated and encoded it once
// for all subscribers.
type Message struct {
	Channel string          // name or template of the channel
	Topic   string          // the name on the wire
	Payload any             // as it was given
	JSON    json.RawMessage // as it will be sent
}

// newMeta returns the metadata of a message. Ids of one process increase with time.
func newMeta() json.RawMessage {
	const layout = "2006-01-02T15:04:05.000Z"
	meta := make([]byte, 0, 80)
	meta = append(meta, `{"id":"`...)
	meta = append(meta, uuid.Must(uuid.NewV7()).String()...)
	meta = append(meta, `","at":"`...)
	meta = time.Now().UTC().AppendFormat(meta, layout)
	return append(meta, `"}`...)
}
