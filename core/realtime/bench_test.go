package realtime

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"example.com/pergola/core/realtime/internal/socketio"
)

type benchNote struct {
	Text string `json:"text" validate:"required"`
	N    int    `json:"n"`
}

// silent is a connection that does nothing, to measure only the hub.
type silent struct{ frames int }

func (*silent) ID() string                          { return "silent" }
func (*silent) Request() *http.Request              { return nil }
func (c *silent) Send(socketio.Frame)               { c.frames++ }
func (*silent) Ack(socketio.Event, json.RawMessage) {}
func (*silent) Shut(socketio.Frame)                 {}

// BenchmarkBroadcast measures the cost of a broadcast in addition to the baseline, which
// encodes a frame once and passes it to each connection.
func BenchmarkBroadcast(b *testing.B) {
	channel := DefineChannel[benchNote]("bench.notes", Public)
	for _, subscribers := range []int{0, 1, 100, 10_000} {
		hub, conns := NewHub(nil), make([]connection, subscribers)
		route := &route{definition: channel.definition()}
		for i := range conns {
			conns[i] = &silent{}
			s := newSocket(b.Context(), hub, conns[i], Identity{})
			if _, err := s.join("bench.notes", route, s.rights(nil), 1, false); err != nil {
				b.Fatal(err)
			}
		}
		b.Run(fmt.Sprintf("%d subscribers/the transport alone", subscribers), func(b *testing.B) {
			for b.Loop() {
				frame := socketio.NewEvent("bench.notes", json.RawMessage(`{"text":"hello","n":1}`))
				for _, conn := range conns {
					conn.Send(frame)
				}
			}
		})
		b.Run(fmt.Sprintf("%d subscribers/the core", subscribers), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := channel.Broadcast(context.Background(), hub, benchNote{Text: "hello", N: 1}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFindTopic(b *testing.B) {
	routes := &routes{plain: map[string]*route{}, byLength: map[int][]*route{}}
	building := routesBuilder{routes: routes, listed: map[*definition]*route{}}
	for n := range 30 {
		building.add(&route{definition: DefineKeyedChannel[benchNote](fmt.Sprintf("bench.c%d.{id}", n)).definition()})
	}
	building.add(&route{definition: DefineChannel[benchNote]("bench.plain").definition()})
	for _, topic := range []string{"bench.plain", "bench.c29.0190"} {
		b.Run(topic, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, ok := routes.find(topic); !ok {
					b.Fatal("not found")
				}
			}
		})
	}
}
