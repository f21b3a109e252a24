package realtimetest_test

import (
	"context"
	"errors"
	"testing"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

type message struct {
	Text  string   `json:"text" validate:"required"`
	Pages []string `json:"pages"`
}

var (
	postChannel   = realtime.DefineChannel[message]("post.all")
	boxChannel    = realtime.DefineUserChannel[message]("post.box.{userId}")
	streetChannel = realtime.DefineKeyedChannel[message]("post.street.{name}")
)

func post(got *[]string) feature.Manifest {
	handle := func(_ context.Context, l message, caller realtime.Caller) error {
		if l.Text == "bomb" {
			panic("boom")
		}
		*got = append(*got, caller.UserID+caller.Param("userId")+caller.Param("name")+" "+l.Text)
		return nil
	}
	mayEnter := func(_ context.Context, caller realtime.Caller) error {
		if caller.Param("name") == "private" {
			return fault.NotFound.New("There is no such street.")
		}
		return nil
	}
	return feature.Manifest{Name: "post", Parts: []feature.Part{
		realtime.Channels{
			postChannel.Handle(handle),
			boxChannel.Handle(handle),
			streetChannel.Authorize(mayEnter).Handle(handle),
		},
	}}
}

func TestSend_callsTheHandlerLikeABrowser(t *testing.T) {
	t.Parallel()
	var got []string
	manifest := post(&got)
	ada := realtime.Caller{UserID: "ada", SessionID: "s1"}

	for _, err := range []error{
		realtimetest.Send(t, manifest, postChannel, message{Text: "1"}, ada),
		realtimetest.Send(t, manifest, boxChannel, message{Text: "2"}, ada),
		realtimetest.Send(t, manifest, boxChannel.For("ada"), message{Text: "3"}, ada),
		realtimetest.Send(t, manifest, streetChannel.For("elm"), message{Text: "4"}, ada),
	} {
		if err != nil {
			t.Error(err)
		}
	}

	want := []string{"ada 1", "adaada 2", "adaada 3", "adaelm 4"}
	for i := range want {
		if len(got) != len(want) || got[i] != want[i] {
			t.Fatalf("the handler got %q, want %q", got, want)
		}
	}
}

func TestSend_isRejectedLikeABrowsersMessage(t *testing.T) {
	t.Parallel()
	var got []string
	manifest := post(&got)
	ada := realtime.Caller{UserID: "ada", SessionID: "s1"}
	tests := map[string]struct{ err, want error }{
		"a visitor":              {realtimetest.Send(t, manifest, postChannel, message{Text: "1"}, realtime.Caller{}), fault.Unauthenticated},
		"another user's topic":   {realtimetest.Send(t, manifest, boxChannel.For("grace"), message{Text: "1"}, ada), fault.Forbidden},
		"a rejecting authorizer": {realtimetest.Send(t, manifest, streetChannel.For("private"), message{Text: "1"}, ada), fault.NotFound},
		"an invalid payload":     {realtimetest.Send(t, manifest, postChannel, message{}, ada), realtime.ErrInvalidPayload},
		"a missing field":        {realtimetest.SendJSON(t, manifest, "post.all", `{"text":"x"}`, ada), realtime.ErrInvalidPayload},
		"an unknown channel":     {realtimetest.SendJSON(t, manifest, "post.none", `{}`, ada), realtime.ErrUnknownChannel},
	}
	for name, test := range tests {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: %v, want %v", name, test.err, test.want)
		}
	}
	if err := realtimetest.Send(t, manifest, postChannel, message{Text: "bomb"}, ada); fault.KindOf(err) != fault.Internal {
		t.Errorf("a panic: %v, want an internal error", err)
	}
	if len(got) != 0 {
		t.Errorf("the handler got %q, want nothing", got)
	}
}

func TestRecorder_returnsTypedPayloads(t *testing.T) {
	t.Parallel()
	rec := realtimetest.NewRecorder()
	for _, err := range []error{
		postChannel.Broadcast(t.Context(), rec, message{Text: "all"}),
		boxChannel.For("ada").Broadcast(t.Context(), rec, message{Text: "ada"}),
		boxChannel.For("grace").Broadcast(t.Context(), rec, message{Text: "grace"}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}

	if got := realtimetest.Broadcasts(rec, postChannel); len(got) != 1 || got[0].Text != "all" {
		t.Errorf("broadcasts on the channel: %v", got)
	}
	if got := realtimetest.Broadcasts(rec, boxChannel); len(got) != 2 || got[1].Text != "grace" {
		t.Errorf("broadcasts on all topics of boxChannel: %v", got)
	}
	if got := realtimetest.Broadcasts(rec, boxChannel.For("ada")); len(got) != 1 || got[0].Text != "ada" {
		t.Errorf("broadcasts to Ada: %v", got)
	}
	if got := realtimetest.Broadcasts(rec, streetChannel); got != nil {
		t.Errorf("broadcasts on streetChannel: %v, want none", got)
	}
	if data := string(rec.Messages()[0].JSON); data != `{"text":"all","pages":[]}` {
		t.Errorf("the message is encoded as %s", data)
	}
}

func TestRecorder_isATracker(t *testing.T) {
	t.Parallel()
	rec := realtimetest.NewRecorder()
	presence := realtime.DefineKeyedPresence(streetChannel, func(realtime.Present[string]) message { return message{} })
	elm := presence.For("elm")
	ada, again := realtime.Caller{UserID: "ada", SocketID: "1"}, realtime.Caller{UserID: "ada", SocketID: "2"}
	for _, step := range []struct {
		caller realtime.Caller
		meta   string
	}{{ada, "first"}, {again, "second"}, {ada, "moved"}} {
		if err := elm.Track(t.Context(), rec, step.caller, step.meta); err != nil {
			t.Fatal(err)
		}
	}

	if here := elm.List(rec); len(here) != 1 || len(here[0].Connections) != 2 || here[0].Connections[0] != "moved" {
		t.Errorf("present on elm: %v", here)
	}
	elm.Untrack(t.Context(), rec, ada)
	if got := elm.Count(rec); got != 1 {
		t.Errorf("%d users after one of two tabs left, want 1", got)
	}
	if got := presence.For("oak").Count(rec); got != 0 {
		t.Errorf("%d users on oak, want none", got)
	}

	streetChannel.For("elm").Recheck(t.Context(), rec)
	if got := rec.Rechecks(); len(got) != 1 || got[0] != "post.street.elm" {
		t.Errorf("rechecked topics: %v", got)
	}
}
