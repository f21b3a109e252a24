package realtime_test

import (
	"context"
	"fmt"

	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

// RoomChannel carries who is in a room. The name is on the wire and must not change.
var RoomChannel = realtime.DefineKeyedChannel[Room]("inn.room.{number}")

// Room is the state of a room.
type Room struct {
	People int      `json:"people"`
	Names  []string `json:"names"`
}

// Seat is the metadata of each tab in a room.
type Seat struct{ Chair int }

// RoomPresence tracks who is in each room.
var RoomPresence = realtime.DefineKeyedPresence(RoomChannel, func(here realtime.Present[Seat]) Room {
	room := Room{People: here.Count()}
	for _, member := range here.List() {
		room.Names = append(room.Names, member.Name)
	}
	return room
})

func ExampleDefineKeyedPresence() {
	ctx := context.Background()
	tracker := realtimetest.NewRecorder() // the hub, in an application
	ada := realtime.Caller{UserID: "1", Name: "Ada", SocketID: "tab 1"}
	again := realtime.Caller{UserID: "1", Name: "Ada", SocketID: "tab 2"}
	visitor := realtime.Caller{SocketID: "tab 3"}
	room := RoomPresence.For("12")
	for chair, caller := range []realtime.Caller{ada, again, visitor} {
		if err := room.Track(ctx, tracker, caller, Seat{Chair: chair}); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(room.Count(tracker), "are here")

	room.Untrack(ctx, tracker, ada)

	for _, member := range room.List(tracker) {
		fmt.Printf("%q on %v\n", member.Name, member.Connections)
	}
	// Output:
	// 2 are here
	// "Ada" on [{1}]
	// "" on [{2}]
}
