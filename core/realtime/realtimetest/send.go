package realtimetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"testing"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/internal/payload"
)

// Send sends a payload to a feature as the caller's browser would. The channel is a
// Channel, one topic of a KeyedChannel (channel.For), or a UserChannel, which means
// the caller's own topic. Send returns the error before it is reduced to what
// browsers may see: errors.Is works with fault kinds, realtime.ErrUnknownChannel and
// realtime.ErrInvalidPayload.
//
// A manifest that would stop the application at startup fails the test.
func Send[T any](t testing.TB, manifest feature.Manifest, to realtime.Source[T], message T, caller realtime.Caller) error {
	t.Helper()
	topic, err := topicOf(to, caller)
	if err != nil {
		t.Fatalf("realtimetest.Send: %v", err)
	}
	codec, err := payload.NewCodec(reflect.TypeFor[T]())
	if err != nil {
		t.Fatalf("realtimetest.Send: %v", err)
	}
	data, err := codec.EncodeUnchecked(message)
	if err != nil {
		t.Fatalf("realtimetest.Send: %v", err)
	}
	return SendJSON(t, manifest, topic, string(data), caller)
}

// SendJSON is Send for payloads that no Go value can express: missing and unknown
// fields, wrong types, topics that do not exist.
func SendJSON(t testing.TB, manifest feature.Manifest, topic, data string, caller realtime.Caller) error {
	t.Helper()
	server, err := realtime.NewServer(realtime.NewHub(nil), visitors, []feature.Manifest{manifest}, realtime.Options{})
	if err != nil {
		t.Fatalf("realtimetest.Send: %v", err)
	}
	defer func() { _ = server.Stop(t.Context()) }()
	return server.Deliver(t.Context(), topic, json.RawMessage(data), caller)
}

func visitors(*http.Request) (realtime.Identity, error) { return realtime.Identity{}, nil }

func topicOf[T any](to realtime.Source[T], caller realtime.Caller) (string, error) {
	switch to := to.(type) {
	case realtime.Channel[T]:
		return to.Spec().Name, nil
	case realtime.UserChannel[T]:
		return named(to.For(caller.UserID))
	case realtime.Topic[T]:
		return named(to)
	default:
		return "", fmt.Errorf("%T has many topics: choose one with For", to)
	}
}

func named[T any](topic realtime.Topic[T]) (string, error) {
	if topic.Name() == "" {
		return "", fmt.Errorf("the topic was made with invalid values")
	}
	return topic.Name(), nil
}
