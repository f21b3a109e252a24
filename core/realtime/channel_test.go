package realtime_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

func manifest(name string, parts ...feature.Part) feature.Manifest {
	return feature.Manifest{Name: name, Parts: parts}
}

func ignore[T any](context.Context, T, realtime.Caller) error { return nil }

func allow(context.Context, realtime.Caller) error { return nil }

func TestNewServer_namesTheMistakeAndTheFileToFix(t *testing.T) {
	t.Parallel()
	type withAny struct {
		Value any `json:"value"`
	}
	type badTag struct {
		Name string `json:"name" validate:"requird"`
	}
	listed := realtime.DefineChannel[Note]("blog.feed")
	keyed := realtime.DefineKeyedChannel[Note]("blog.article.{articleId}")
	tests := map[string]struct {
		manifests []feature.Manifest
		want      []string
	}{
		"a name of one part":                  {list(realtime.DefineChannel[Note]("blog")), []string{`channel "blog"`, "two or more parts", "features/blog/channels.go"}},
		"a name in upper case":                {list(realtime.DefineChannel[Note]("blog.Feed")), []string{`"Feed"`, "features/blog/channels.go"}},
		"an empty part":                       {list(realtime.DefineChannel[Note]("blog..feed")), []string{`""`}},
		"another feature's name":              {list(realtime.DefineChannel[Note]("shop.feed")), []string{`"shop.feed"`, `"blog."`, "features/blog/channels.go"}},
		"a name with the same prefix":         {list(realtime.DefineChannel[Note]("blogs.feed")), []string{`"blogs.feed"`, `"blog."`}},
		"parameters of a plain channel":       {list(realtime.DefineChannel[Note]("blog.{id}")), []string{"DefineUserChannel"}},
		"a user channel without userId":       {list(realtime.DefineUserChannel[Note]("blog.user.{id}")), []string{`"blog.user.{id}"`, "{userId}", "features/blog/channels.go"}},
		"a user channel with two parameters":  {list(realtime.DefineUserChannel[Note]("blog.{id}.{userId}")), []string{"{userId} as its one parameter"}},
		"a keyed channel with userId":         {list(realtime.DefineKeyedChannel[Note]("blog.{userId}")), []string{"DefineUserChannel"}},
		"a keyed channel without a parameter": {list(realtime.DefineKeyedChannel[Note]("blog.feed")), []string{"has a parameter"}},
		"a duplicate parameter":               {list(realtime.DefineKeyedChannel[Note]("blog.{id}.{id}")), []string{"{id} appears twice"}},
		"an invalid parameter":                {list(realtime.DefineKeyedChannel[Note]("blog.{id")), []string{"is not a parameter"}},
		"a payload that is not a struct":      {list(realtime.DefineChannel[string]("blog.feed")), []string{"payload string", "not a plain struct"}},
		"a payload that is a time":            {list(realtime.DefineChannel[time.Time]("blog.feed")), []string{"not a plain struct"}},
		"a payload without a fixed type":      {list(realtime.DefineChannel[withAny]("blog.feed")), []string{"field Value", "no fixed JSON type"}},
		"an unknown validate tag":             {list(realtime.DefineChannel[badTag]("blog.feed")), []string{"validate tag", "requird"}},
		"a role without a name":               {list(realtime.DefineChannel[Note]("blog.feed", realtime.Role(""))), []string{"names no role"}},
		"two scopes":                          {list(realtime.DefineChannel[Note]("blog.feed", realtime.Public, realtime.Public)), []string{"more than one scope"}},
		"a zero channel":                      {list(realtime.Channel[Note]{}), []string{"not created with Define"}},
		"a channel listed twice":              {list(listed, listed), []string{`"blog.feed" is listed twice`}},
		"two channels with one name":          {list(listed, realtime.DefineChannel[Ping]("blog.feed")), []string{`two channels are named "blog.feed"`}},
		"overlapping topics":                  {list(listed, realtime.DefineUserChannel[Note]("blog.{userId}")), []string{`"blog.feed" and "blog.{userId}" have topics in common`}},
		"a keyed channel without authorizer":  {list(keyed), []string{`"blog.article.{articleId}" has no authorizer`, "features/blog/blog.go"}},
		"a nil channel":                       {list(nil), []string{"listed channel is nil", "features/blog/blog.go"}},
		"two handlers":                        {list(listed.Handle(ignore).Handle(ignore)), []string{`"blog.feed": two handlers`, "features/blog/blog.go"}},
		"a nil handler":                       {list(listed.Handle(nil)), []string{`"blog.feed": Handle(nil)`, "features/blog/blog.go"}},
		"a nil authorizer":                    {list(keyed.Authorize(nil)), []string{`"blog.article.{articleId}": Authorize(nil)`, "features/blog/blog.go"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := realtime.NewServer(realtime.NewHub(nil), nil, test.manifests, realtime.Options{})

			if err == nil {
				t.Fatal("NewServer returned no error")
			}
			for _, want := range append(test.want, "fix features/") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not contain %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q has more than one line", err)
			}
		})
	}
}

func list(channels ...realtime.AnyChannel) []feature.Manifest {
	return []feature.Manifest{manifest("blog", realtime.Channels(channels))}
}

func TestDefineChannel_isAuthenticatedByDefault(t *testing.T) {
	t.Parallel()
	if got := realtime.DefineChannel[Note]("a.b").Spec().Scope; got != realtime.Authenticated {
		t.Errorf("scope %v, want authenticated", got)
	}
	if got := realtime.DefineKeyedChannel[Note]("a.{b}").Spec().Scope; got != realtime.Authenticated {
		t.Errorf("scope %v, want authenticated", got)
	}
	if (realtime.Scope{}) != realtime.Authenticated {
		t.Error("the zero scope is not Authenticated")
	}
}

func TestTopic_rejectsValuesOfOtherTopics(t *testing.T) {
	t.Parallel()
	channel := realtime.DefineKeyedChannel[Note]("blog.{a}.x.{b}")
	rec := realtimetest.NewRecorder()
	for _, values := range [][]string{
		nil, {"1"}, {"1", "2", "3"}, {"", "2"}, {"1.2", "2"}, {"{a}", "2"}, {"a b", "2"}, {"a\n", "2"},
		{"\u200b", "2"}, {"\xff", "2"}, {strings.Repeat("x", 129), "2"}, {strings.Repeat("x", 128), strings.Repeat("y", 128)},
	} {
		topic := channel.For(values...)
		if err := topic.Broadcast(t.Context(), rec, Note{Text: "x"}); err == nil || topic.Name() != "" {
			t.Errorf("For(%q) is %q and broadcasts, want an error", values, topic.Name())
		}
	}
	if got := channel.For("0190-ab", "ü").Name(); got != "blog.0190-ab.x.ü" {
		t.Errorf("topic %q", got)
	}
	if n := len(rec.Messages()); n != 0 {
		t.Errorf("%d messages were broadcast, want none", n)
	}
}

func TestBroadcast_rejectsAnInvalidPayload(t *testing.T) {
	t.Parallel()
	rec := realtimetest.NewRecorder()

	err := openChannel.Broadcast(t.Context(), rec, Note{Text: strings.Repeat("x", 21)})

	if !errors.Is(err, realtime.ErrInvalidPayload) || !strings.Contains(err.Error(), "garden.open: text must have at most 20 characters") {
		t.Errorf("error %v, want one that names channel, field and rule", err)
	}
	if len(rec.Messages()) != 0 {
		t.Error("the payload was broadcast")
	}
}

func TestBroadcast_failsForAnInvalidChannel(t *testing.T) {
	t.Parallel()
	rec := realtimetest.NewRecorder()
	if err := realtime.DefineChannel[Note]("x").Broadcast(t.Context(), rec, Note{Text: "x"}); err == nil {
		t.Error("a channel with an invalid name was broadcast to")
	}
	if err := (realtime.Channel[Note]{}).Broadcast(t.Context(), rec, Note{Text: "x"}); err == nil {
		t.Error("the zero channel was broadcast to")
	}
}

func TestDescribe_listsChannelsInOrder(t *testing.T) {
	t.Parallel()

	described := realtime.Describe([]feature.Manifest{garden{}.manifest()})

	if len(described) != 8 {
		t.Fatalf("%d channels, want 8", len(described))
	}
	desk := described[2]
	if desk.Feature != "garden" || desk.Name != "garden.desk" || desk.Kind != realtime.KindChannel || desk.Scope.String() != "role:editor" || !desk.Inbound {
		t.Errorf("desk is %+v", desk)
	}
	room, err := described[5].MarshalJSON()
	want := `{"feature":"garden","name":"garden.room.{roomId}.talk","kind":"keyed","scope":"authenticated","params":["roomId"],"payload":"realtime_test.Note","inbound":false}`
	if err != nil || string(room) != want {
		t.Errorf("room is %s (%v), want %s", room, err, want)
	}
}
