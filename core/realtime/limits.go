package realtime

import (
	"math"
	"time"
)

// Limits bound what one client can ask of the server. A zero field means the
// default beside it, a negative number that there is no limit.
type Limits struct {
	FrameBytes             int // bytes of one incoming frame; 65,536
	SubscriptionsPerSocket int // topics that one socket hears at a time, and places that it is at; 100
	QueuedBytes            int // bytes that may wait to be sent to one browser before it is cut off; 1 MiB
	EventsPerSecond        int // events of one socket over time, subscriptions included; 50
	EventBurst             int // events of one socket at once, and how many may wait for a handler; 150
	SocketsPerSession      int // open sockets (tabs) of one session; 50
	SocketsPerAddress      int // open connections from one address of http.Request.RemoteAddr (IPv6: one /64); 500

	ConnectTimeout time.Duration // for a connection to ask to be let in; 5 s
}

func (l Limits) withDefaults() Limits {
	l.FrameBytes = bound(l.FrameBytes, 64<<10)
	l.QueuedBytes = bound(l.QueuedBytes, 1<<20)
	l.SubscriptionsPerSocket = bound(l.SubscriptionsPerSocket, 100)
	l.EventsPerSecond = bound(l.EventsPerSecond, 50)
	l.EventBurst = bound(l.EventBurst, 150)
	l.SocketsPerSession = bound(l.SocketsPerSession, 50)
	l.SocketsPerAddress = bound(l.SocketsPerAddress, 500)
	if l.ConnectTimeout <= 0 {
		l.ConnectTimeout = 5 * time.Second
	}
	return l
}

func bound(limit, usual int) int {
	switch {
	case limit == 0:
		return usual
	case limit < 0:
		return math.MaxInt32
	default:
		return limit
	}
}

// bucket holds tokens that come back with time: each event takes one. It is
// used by one goroutine at a time.
type bucket struct {
	perSecond float64
	most      float64
	tokens    float64
	at        time.Time
}

func newBucket(perSecond, burst int, now time.Time) bucket {
	return bucket{perSecond: float64(perSecond), most: float64(burst), tokens: float64(burst), at: now}
}

func (b *bucket) take(now time.Time) bool {
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.tokens = min(b.most, b.tokens+passed*b.perSecond)
		b.at = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
