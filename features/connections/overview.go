package connections

import (
	"cmp"
	"maps"
	"slices"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/realtime"
)

// Overview is the state of this process's connections at one moment.
type Overview struct {
	Counts Stats

	Users     []ConnectedUser // those with the most connections first
	MoreUsers int             // how many are left out

	Channels   []SubscribedChannel // with subscribers, those with the most first
	Topics     []SubscribedTopic   // of channels with parameters, those with the most subscribers first
	MoreTopics int                 // how many are left out

	Gates    []Gate      // all, in the order in which a message passes them
	Rejected []Rejection // recently, at the selected gate; newest first
}

// ConnectedUser is a user with open sockets. The User has only an ID if the
// account was just deleted.
type ConnectedUser struct {
	User        auth.User
	Connections int
}

// SubscribedChannel is a channel with subscribers.
type SubscribedChannel struct {
	Name string // or template
	realtime.ChannelStats
}

// SubscribedTopic is one topic of a channel with parameters.
type SubscribedTopic struct {
	Name          string
	Subscriptions int
}

// Gate is a check that may reject a connection or a message.
type Gate struct {
	Name       string
	Rejections int // since the process started
}

// Rejection is a recent rejection. The User is the zero User if no user was
// signed in, and has only an ID if the account is deleted.
type Rejection struct {
	realtime.Rejected
	User auth.User
}

// How many entries the page shows. Of the rest it shows the number.
const (
	usersShown      = 50
	topicsShown     = 10
	rejectionsShown = 20
)

// newOverview reads the hub's statistics, with the rejections of one gate or,
// for "", of all. Its users have only their IDs: see setUsers.
func newOverview(stats realtime.Stats, gate string) Overview {
	overview := Overview{Counts: statsOf(stats)}
	for _, id := range byCount(stats.Connections) {
		overview.Users = append(overview.Users, ConnectedUser{User: auth.User{ID: id}, Connections: stats.Connections[id]})
	}
	overview.Users, overview.MoreUsers = first(usersShown, overview.Users)
	for name, channel := range stats.Channels {
		overview.Channels = append(overview.Channels, SubscribedChannel{Name: name, ChannelStats: channel})
	}
	slices.SortFunc(overview.Channels, func(a, b SubscribedChannel) int {
		return cmp.Or(cmp.Compare(b.Subscriptions, a.Subscriptions), cmp.Compare(a.Name, b.Name))
	})
	for _, name := range byCount(stats.Subscriptions) {
		if _, isChannel := stats.Channels[name]; !isChannel {
			overview.Topics = append(overview.Topics, SubscribedTopic{Name: name, Subscriptions: stats.Subscriptions[name]})
		}
	}
	overview.Topics, overview.MoreTopics = first(topicsShown, overview.Topics)
	for _, name := range realtime.Gates() {
		overview.Gates = append(overview.Gates, Gate{Name: name, Rejections: stats.Rejections[name]})
	}
	for _, rejected := range stats.Recent {
		if gate == "" || rejected.Gate == gate {
			overview.Rejected = append(overview.Rejected, Rejection{Rejected: rejected, User: auth.User{ID: rejected.UserID}})
		}
	}
	overview.Rejected, _ = first(rejectionsShown, overview.Rejected)
	return overview
}

// byCount returns the keys with the highest counts first. Equal counts sort by
// key, so that the page keeps its order.
func byCount(counts map[string]int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}

// first cuts a list and returns how many entries are left out.
func first[T any](most int, list []T) (shown []T, more int) {
	if len(list) <= most {
		return list, 0
	}
	return list[:most], len(list) - most
}

// userIDs are the IDs of all users in the overview.
func (o *Overview) userIDs() []string {
	var ids []string
	for _, connected := range o.Users {
		ids = append(ids, connected.User.ID)
	}
	for _, rejection := range o.Rejected {
		if rejection.User.ID != "" {
			ids = append(ids, rejection.User.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// setUsers fills in the users that were found.
func (o *Overview) setUsers(users map[string]auth.User) {
	for i := range o.Users {
		if user, found := users[o.Users[i].User.ID]; found {
			o.Users[i].User = user
		}
	}
	for i := range o.Rejected {
		if user, found := users[o.Rejected[i].User.ID]; found {
			o.Rejected[i].User = user
		}
	}
}
