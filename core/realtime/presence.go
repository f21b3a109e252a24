package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"example.com/pergola/core/fault"
)

// Presence is who is at one place now: reading an article, at the desk. Make
// it with DefinePresence, or with For of a KeyedPresence.
//
// A place belongs to a channel. Whoever may hear the channel's topic may be
// there, and those who hear it are told how it stands: at once when they begin
// to hear it, then whenever it changes, many changes at a time.
//
//	var ReadersChannel = realtime.DefineKeyedChannel[Readers]("blog.article.{articleId}.readers", realtime.Public)
//
//	var ReadersPresence = realtime.DefineKeyedPresence(ReadersChannel, func(here realtime.Present[Reader]) Readers {
//		return Readers{Count: here.Count()}
//	})
//
// A handler says that the page whose message it hears is there. It stays as
// long as its socket does, or until Untrack.
//
//	err := ReadersPresence.For(reading.ArticleID).Track(ctx, tracker, caller, Reader{})
//
// An M is what is known of each connection that is there. It stays on the
// server: browsers see what is made of it for the channel.
type Presence[M, T any] struct {
	def   *presence
	topic string
	err   error
}

// KeyedPresence is a presence with a place for each topic of a keyed channel.
// Make it with DefineKeyedPresence.
type KeyedPresence[M, T any] struct{ def *presence }

// PresenceOf is a Presence or KeyedPresence whose channel carries a T.
type PresenceOf[T any] interface {
	presence() *presence
	payload(T)
}

// AnyPresence is a presence of any kind and type.
type AnyPresence interface{ presence() *presence }

// Presences are the presences of a feature, a part of its manifest. Their
// channels are listed beside them.
type Presences []AnyPresence

// FeaturePart names the part.
func (Presences) FeaturePart() string { return "realtime presences" }

// PresenceOption changes how a presence is told of.
type PresenceOption func(*presence)

// PublishEvery is how often a place is told of at most, however much happens
// there: every half second unless this says otherwise. The first change after
// a quiet time is told of after a tenth of it.
func PublishEvery(interval time.Duration) PresenceOption {
	return func(p *presence) { p.every = interval }
}

const publishEvery = 500 * time.Millisecond

// presence is a Presence or KeyedPresence without its type.
type presence struct {
	channel *definition
	every   time.Duration
	state   func(Attendance) any // for the channel
	err     error
}

var undefinedPresence = &presence{channel: undefined, err: errors.New("a presence was not made with Define…")}

func (p *presence) orEmpty() *presence {
	if p == nil {
		return undefinedPresence
	}
	return p
}

// DefinePresence makes a channel tell who is there. state makes of them what
// the channel carries. It is called often: it counts for nothing, and lists at
// the cost of all who are there. It must ask nobody else, the tracker least of
// all. What is the same as before is not sent again.
func DefinePresence[M, T any](channel Channel[T], state func(Present[M]) T, options ...PresenceOption) Presence[M, T] {
	def := definePresence(channel.definition(), state, options)
	return Presence[M, T]{def: def, topic: def.channel.spec.Name}
}

// DefineKeyedPresence is DefinePresence for each topic of a keyed channel.
func DefineKeyedPresence[M, T any](channel KeyedChannel[T], state func(Present[M]) T, options ...PresenceOption) KeyedPresence[M, T] {
	return KeyedPresence[M, T]{definePresence(channel.definition(), state, options)}
}

func definePresence[M, T any](channel *definition, state func(Present[M]) T, options []PresenceOption) *presence {
	def := &presence{channel: channel, every: publishEvery}
	for _, option := range options {
		option(def)
	}
	switch {
	case state == nil:
		def.err = errors.New("nothing says what is told of who is there")
	case def.every <= 0:
		def.err = errors.New("PublishEvery needs a time")
	default:
		def.state = func(who Attendance) any { return state(Present[M]{who}) }
	}
	return def
}

// For is the place with these values, in the order of the channel's
// parameters. Wrong values make a place where nobody can be.
func (p KeyedPresence[M, T]) For(values ...string) Presence[M, T] {
	def := p.def.orEmpty()
	topic := topicFor[struct{}](def.channel, values...)
	return Presence[M, T]{def: def, topic: topic.name, err: topic.err}
}

// Track notes that the caller's connection is here, with what is to be known
// of it. Tracked again it is still there once, with the new meta. It leaves
// when its socket ends, however that comes about, when the caller loses the
// right to hear the channel, and by Untrack.
//
// It fails as a subscription to the channel would: with fault.Unauthenticated
// or fault.Forbidden outside of the scope, with what the authorizer says; with
// fault.TooMany for a connection that is at too many places, and with
// fault.Unavailable for one that is gone.
func (p Presence[M, T]) Track(ctx context.Context, tracker Tracker, caller Caller, meta M) error {
	if p.err != nil {
		return fmt.Errorf("track: %w", p.err)
	}
	return tracker.Track(ctx, Tracked{Topic: p.topic, Caller: caller, Meta: meta, presence: p.def.orEmpty()})
}

// Untrack notes that the caller's connection is no longer here, if it was.
func (p Presence[M, T]) Untrack(ctx context.Context, tracker Tracker, caller Caller) {
	tracker.Untrack(ctx, p.topic, caller)
}

// List is who is here now, those who came first first. It costs as much as
// there are.
func (p Presence[M, T]) List(tracker Tracker) []Member[M] {
	return Present[M]{tracker.Present(p.topic)}.List()
}

// Count is how many are here now: see Present.Count.
func (p Presence[M, T]) Count(tracker Tracker) int { return tracker.Present(p.topic).Count() }

func (p Presence[M, T]) presence() *presence      { return p.def.orEmpty() }
func (p KeyedPresence[M, T]) presence() *presence { return p.def.orEmpty() }
func (Presence[M, T]) payload(T)                  {}
func (KeyedPresence[M, T]) payload(T)             {}

// Present is who is at one place at one moment.
type Present[M any] struct{ Attendance }

// List is who is there, those who came first first.
func (p Present[M]) List() []Member[M] {
	members := make([]Member[M], 0, p.Count())
	at := make(map[string]int, p.Users)
	for _, tracked := range p.Tracked() {
		meta, _ := tracked.Meta.(M)
		user := tracked.Caller.UserID
		if i, known := at[user]; known {
			members[i].Connections = append(members[i].Connections, meta)
			continue
		}
		if user != "" {
			at[user] = len(members)
		}
		members = append(members, Member[M]{UserID: user, Name: tracked.Caller.Name, Since: tracked.Since, Connections: []M{meta}})
	}
	return members
}

// Member is somebody who is at a place: a user, however many tabs they have
// open there, or one connection of a visitor.
type Member[M any] struct {
	UserID      string // "" for a visitor
	Name        string // of the user: see Identity
	Since       time.Time
	Connections []M // what is known of each, the oldest first
}

// Attendance is who is at one place at one moment, without the type of what is
// known of them.
type Attendance struct {
	Users       int // signed in; one with several connections is one
	Visitors    int // connections without a user: nobody can tell how many people they are
	Connections int // of users and visitors

	list func() []Tracked
}

// NewAttendance counts a list: for trackers of tests.
func NewAttendance(list []Tracked) Attendance {
	who := Attendance{Connections: len(list), list: func() []Tracked { return list }}
	users := map[string]bool{}
	for _, tracked := range list {
		if user := tracked.Caller.UserID; user == "" {
			who.Visitors++
		} else {
			users[user] = true
		}
	}
	who.Users = len(users)
	return who
}

// Count is how many are there: each user once, and each visitor's connection.
func (a Attendance) Count() int { return a.Users + a.Visitors }

// Tracked is each connection that is there, the oldest first.
func (a Attendance) Tracked() []Tracked {
	if a.list == nil {
		return nil
	}
	return a.list()
}

// Tracked is one connection at one place.
type Tracked struct {
	Topic  string // the place
	Caller Caller // as they were when they were tracked
	Meta   any    // the presence's M
	Since  time.Time

	presence *presence
}

func (p *presence) encode(who Attendance) (json.RawMessage, error) {
	return p.channel.encode(p.state(who))
}

// Tracker is what a feature needs to say, and to ask, who is where. *Hub is
// the one of the application, realtimetest.Recorder the one of tests. Features
// do not call it; they say presence.Track.
type Tracker interface {
	Track(ctx context.Context, tracked Tracked) error
	Untrack(ctx context.Context, topic string, caller Caller)
	Present(topic string) Attendance
}

func errManyPlaces(most int) error {
	return fault.TooMany.New("This connection is at %d tracked, which is the most it may.", most)
}
