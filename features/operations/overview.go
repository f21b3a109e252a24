package operations

import (
	"cmp"
	"maps"
	"slices"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/realtime"
)

// Overview is what goes on in this process at one moment.
type Overview struct {
	Connections

	Connected     []ConnectedUser // those with the most connections first
	MoreConnected int             // how many more there are

	Channels   []HeardChannel // that somebody hears, the most heard first
	Topics     []HeardTopic   // of the channels that have many, the most heard first
	MoreTopics int

	Gates   []Gate    // all, in the order in which a message passes them
	Refused []Refusal // lately, at the gate that was asked for or at any; the latest first
}

// ConnectedUser is a user with open sockets. The User has only an ID if the
// account is gone in this very moment.
type ConnectedUser struct {
	User        auth.User
	Connections int
}

// HeardChannel is a channel that somebody hears.
type HeardChannel struct {
	Name string // or template
	realtime.ChannelStats
}

// HeardTopic is one topic of a channel that has many.
type HeardTopic struct {
	Name          string
	Subscriptions int
}

// Gate is where something can be refused, and how often that was done since
// the process began.
type Gate struct {
	Name     string
	Refusals int
}

// Refusal is something that was refused. The User is the zero User if nobody
// was signed in, and has only an ID if the account is gone.
type Refusal struct {
	realtime.Refused
	User auth.User
}

// How much a page shows. What is more is a number.
const (
	usersShown    = 50
	topicsShown   = 10
	refusalsShown = 20
)

// overviewOf reads what the hub says, for a gate or "" for all. Users are not
// known by more than their ids yet.
func overviewOf(stats realtime.Stats, gate string) Overview {
	overview := Overview{Connections: connectionsOf(stats)}
	for _, id := range byCount(stats.Connections) {
		overview.Connected = append(overview.Connected, ConnectedUser{User: auth.User{ID: id}, Connections: stats.Connections[id]})
	}
	overview.Connected, overview.MoreConnected = first(usersShown, overview.Connected)
	for name, channel := range stats.Channels {
		overview.Channels = append(overview.Channels, HeardChannel{Name: name, ChannelStats: channel})
	}
	slices.SortFunc(overview.Channels, func(a, b HeardChannel) int {
		return cmp.Or(cmp.Compare(b.Subscriptions, a.Subscriptions), cmp.Compare(a.Name, b.Name))
	})
	for _, name := range byCount(stats.Subscriptions) {
		if _, isChannel := stats.Channels[name]; !isChannel {
			overview.Topics = append(overview.Topics, HeardTopic{Name: name, Subscriptions: stats.Subscriptions[name]})
		}
	}
	overview.Topics, overview.MoreTopics = first(topicsShown, overview.Topics)
	for _, name := range realtime.Gates() {
		overview.Gates = append(overview.Gates, Gate{Name: name, Refusals: stats.Refusals[name]})
	}
	for _, refused := range stats.Recent {
		if gate == "" || refused.Gate == gate {
			overview.Refused = append(overview.Refused, Refusal{Refused: refused, User: auth.User{ID: refused.UserID}})
		}
	}
	overview.Refused, _ = first(refusalsShown, overview.Refused)
	return overview
}

// byCount are the keys, those with the highest count first and otherwise in
// their own order, so that a page does not jump about.
func byCount(counts map[string]int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}

// first cuts a list, and says how many are left out.
func first[T any](most int, list []T) (shown []T, more int) {
	if len(list) <= most {
		return list, 0
	}
	return list[:most], len(list) - most
}

// userIDs are those of all whom the overview shows.
func (o *Overview) userIDs() []string {
	var ids []string
	for _, connected := range o.Connected {
		ids = append(ids, connected.User.ID)
	}
	for _, refusal := range o.Refused {
		if refusal.User.ID != "" {
			ids = append(ids, refusal.User.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// name puts users in the place of their ids.
func (o *Overview) name(users map[string]auth.User) {
	for i := range o.Connected {
		if user, found := users[o.Connected[i].User.ID]; found {
			o.Connected[i].User = user
		}
	}
	for i := range o.Refused {
		if user, found := users[o.Refused[i].User.ID]; found {
			o.Refused[i].User = user
		}
	}
}
