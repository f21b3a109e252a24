package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"example.com/pergola/core/fault"
)

// Presence tracks who is present now: who reads an article, or is online at the
// desk. Create it with DefinePresence, or with For of a KeyedPresence.
//
// A presence belongs to a topic of a channel. Everyone who may subscribe to the
// topic may be present, and subscribers get the state: immediately when they
// subscribe, and then after changes, which are combined.
//
//	var ReadersChannel = realtime.DefineKeyedChannel[Readers]("blog.article.{articleId}.readers", realtime.Public)
//
//	var ReadersPresence = realtime.DefineKeyedPresence(ReadersChannel, func(here realtime.Present[Reader]) Readers {
//		return Readers{Count: here.Count()}
//	})
//
// A handler tracks the page that sent the message. The page is present until its
// socket closes, or until Untrack.
//
//	err := ReadersPresence.For(reading.ArticleID).Track(ctx, tracker, caller, Reader{})
//
// M is the metadata of each connection that is present. It stays on the server;
// browsers see only the state that is computed from it.
type Presence[M, T any] struct {
	def   *presence
	topic string
	err   error
}

// KeyedPresence is a presence for each topic of a keyed channel.
// Create it with DefineKeyedPresence.
type KeyedPresence[M, T any] struct{ def *presence }

// PresenceOf is a Presence or KeyedPresence whose channel carries a T.
type PresenceOf[T any] interface {
	presence() *presence
	payload(T)
}

// PresenceOption configures a presence.
type PresenceOption func(*presence)

// PublishEvery sets the minimum interval between two publications of the state.
// The default is half a second. The first change after a quiet interval is
// published after a tenth of it.
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

var undefinedPresence = &presence{channel: undefined, err: errors.New("a presence was not created with Define…")}

func (p *presence) orEmpty() *presence {
	if p == nil {
		return undefinedPresence
	}
	return p
}

// DefinePresence defines a presence whose state the channel carries. state computes
// it from who is present. It is called often: Count is cheap, and List costs as much
// as there are connections. It must not call the tracker or anything that blocks. A
// state equal to the last one is not sent again.
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
		def.err = errors.New("a presence needs a state function")
	case def.every <= 0:
		def.err = errors.New("PublishEvery needs a positive interval")
	default:
		def.state = func(who Attendance) any { return state(Present[M]{who}) }
	}
	return def
}

// For returns the presence with these values, in the order of the channel's
// parameters. With invalid values Track fails.
func (p KeyedPresence[M, T]) For(values ...string) Presence[M, T] {
	def := p.def.orEmpty()
	topic := topicFor[struct{}](def.channel, values...)
	return Presence[M, T]{def: def, topic: topic.name, err: topic.err}
}

// Track marks the caller's connection as present, with metadata. Tracking it again
// replaces the metadata. It ends when the socket closes for any reason, when the
// caller loses access to the channel, and with Untrack.
//
// It fails as a subscription to the channel would: with fault.Unauthenticated or
// fault.Forbidden outside of the scope, and with the error of the authorizer. It
// fails with fault.TooMany if the connection is tracked too often, and with
// fault.Unavailable if the connection is closed.
func (p Presence[M, T]) Track(ctx context.Context, tracker Tracker, caller Caller, meta M) error {
	if p.err != nil {
		return fmt.Errorf("track: %w", p.err)
	}
	return tracker.Track(ctx, Tracked{Topic: p.topic, Caller: caller, Meta: meta, presence: p.def.orEmpty()})
}

// Untrack marks the caller's connection as no longer present.
func (p Presence[M, T]) Untrack(ctx context.Context, tracker Tracker, caller Caller) {
	tracker.Untrack(ctx, p.topic, caller)
}

// List returns who is present, oldest first. Its cost grows with the number
// of connections.
func (p Presence[M, T]) List(tracker Tracker) []Member[M] {
	return Present[M]{tracker.Present(p.topic)}.List()
}

// Count returns how many are present: see Attendance.Count.
func (p Presence[M, T]) Count(tracker Tracker) int { return tracker.Present(p.topic).Count() }

func (p Presence[M, T]) presence() *presence      { return p.def.orEmpty() }
func (p KeyedPresence[M, T]) presence() *presence { return p.def.orEmpty() }
func (Presence[M, T]) payload(T)                  {}
func (KeyedPresence[M, T]) payload(T)             {}

// Present is a snapshot of who is present, with their metadata.
type Present[M any] struct{ Attendance }

// List returns who is present, oldest first.
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

// Member is a user who is present, with all tabs, or one connection of a visitor.
type Member[M any] struct {
	UserID      string // "" for a visitor
	Name        string // of the user: see Identity
	Since       time.Time
	Connections []M // metadata of each connection, oldest first
}

// Attendance is a snapshot of who is present, without the type of the metadata.
type Attendance struct {
	Users       int // signed-in users, each counted once
	Visitors    int // connections without a user; one person may have several
	Connections int // of users and visitors

	list func() []Tracked
}

// NewAttendance returns the attendance of a list, for trackers in tests.
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

// Count returns the number of users and of visitors' connections.
func (a Attendance) Count() int { return a.Users + a.Visitors }

// Tracked returns each connection that is present, oldest first.
func (a Attendance) Tracked() []Tracked {
	if a.list == nil {
		return nil
	}
	return a.list()
}

// Tracked is one connection that is present.
type Tracked struct {
	Topic  string // of the presence
	Caller Caller // at the time of tracking
	Meta   any    // the presence's M
	Since  time.Time

	presence *presence
}

func (p *presence) encode(who Attendance) (json.RawMessage, error) {
	return p.channel.encode(p.state(who))
}

// Tracker stores presences. *Hub is the implementation for applications,
// realtimetest.Recorder the one for tests. Features call the methods of a presence
// instead.
type Tracker interface {
	Track(ctx context.Context, tracked Tracked) error
	Untrack(ctx context.Context, topic string, caller Caller)
	Present(topic string) Attendance
}

func errTooManyPresences(most int) error {
	return fault.TooMany.New("This connection has reached the limit of %d presences.", most)
}
