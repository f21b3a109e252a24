package realtime_test

import (
	"context"
	"fmt"
	"net/http"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
)

// GuestBookChannel carries guest book entries. The name is on the wire and must not
// change.
var GuestBookChannel = realtime.DefineChannel[GuestBookEntry]("guests.book", realtime.Public)

// GuestBookEntry is one line in the guest book.
type GuestBookEntry struct {
	Name string `json:"name" validate:"required,max=40"`
	Line string `json:"line" validate:"required,max=200"`
}

// guests is a feature that broadcasts every entry to everyone.
type guests struct{ rt realtime.Broadcaster }

func (g *guests) Manifest() feature.Manifest {
	return feature.Manifest{
		Name: "guests",
		Parts: []feature.Part{
			realtime.Channels{GuestBookChannel.Handle(g.onEntry)},
		},
	}
}

func (g *guests) onEntry(ctx context.Context, entry GuestBookEntry, caller realtime.Caller) error {
	if entry.Line == "spam" {
		return fault.Forbidden.New("Not in this book.")
	}
	return GuestBookChannel.Broadcast(ctx, g.rt, entry)
}

func Example() {
	hub := realtime.NewHub(nil)
	book := &guests{rt: hub}
	visitors := func(*http.Request) (realtime.Identity, error) { return realtime.Identity{}, nil }
	server, err := realtime.NewServer(hub, visitors, []feature.Manifest{book.Manifest()}, realtime.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", server)

	visitor := realtime.Caller{SocketID: "1"}
	fmt.Println(server.Deliver(context.Background(), "guests.book", []byte(`{"name":"Ada","line":"Hello"}`), visitor))
	fmt.Println(server.Deliver(context.Background(), "guests.book", []byte(`{"name":"Ada","line":"spam"}`), visitor))
	fmt.Println(server.Deliver(context.Background(), "guests.book", []byte(`{"name":"Ada"}`), visitor))
	// Output:
	// <nil>
	// Not in this book.
	// line is missing.
}
