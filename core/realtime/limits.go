package realtime

import (
	"math"
	"time"
)

// Limits bound what one client can use. A zero field means the default in its
// comment, a negative one no limit.
type Limits struct {
	FrameBytes             int // bytes of one incoming frame; 65,536
	SubscriptionsPerSocket int // subscriptions of one socket, and presences it is tracked in; 100
	QueuedBytes            int // bytes queued for one browser before it is disconnected; 1 MiB
	EventsPerSecond        int // sustained events of one socket, including subscriptions; 50
	EventBurst             int // burst of events of one socket, and events queued for its handlers; 150
	SocketsPerSession      int // open sockets (tabs) of one session; 50
	SocketsPerAddress      int // open connections from one address of http.Request.RemoteAddr (IPv6: one /64); 500

	ConnectTimeout time.Duration // for a connection to complete the handshake; 5 s
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

// bucket is a token bucket. It is not safe for concurrent use.
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
