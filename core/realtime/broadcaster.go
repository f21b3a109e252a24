package realtime

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// Broadcaster is what a use case needs to tell browsers something. *Hub is the
// one of the application, realtimetest.Recorder the one of tests.
type Broadcaster interface {
	// Broadcast sends the message to everyone who hears its topic: after the
	// commit if ctx carries a transaction, never if that rolls back, else at
	// once. Features do not call it; they say channel.Broadcast.
	Broadcast(ctx context.Context, message Message) error

	// Recheck asks the authorizer of a topic again about everybody who hears it
	// or is present there: after the commit if ctx carries a transaction, never
	// if that rolls back, else soon. Features do not call it; they say
	// topic.Recheck.
	Recheck(ctx context.Context, topic string)
}

// Message is one payload on its way to one topic. It was checked and encoded
// by the channel that made it, once for all who will hear it.
type Message struct {
	Channel string          // name or template of the channel
	Topic   string          // the name on the wire
	Payload any             // as it was given
	JSON    json.RawMessage // as it will be sent
}

// newMeta is what goes with every payload. Ids of one process rise with time.
func newMeta() json.RawMessage {
	const layout = "2006-01-02T15:04:05.000Z"
	meta := make([]byte, 0, 80)
	meta = append(meta, `{"id":"`...)
	meta = append(meta, uuid.Must(uuid.NewV7()).String()...)
	meta = append(meta, `","at":"`...)
	meta = time.Now().UTC().AppendFormat(meta, layout)
	return append(meta, `"}`...)
}
