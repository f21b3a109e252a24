package realtime

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime/internal/socketio"
)

// Gate 1: who may connect.

// rejectionsPart divides the rate of events to get the rate of rejections that a
// client may cause before it is disconnected.
const rejectionsPart = 10

// authenticateWithin is the timeout of an Authenticator.
const authenticateWithin = 10 * time.Second

// Accept decides whether a request may become a connection.
func (g *gates) Accept(r *http.Request) (release func(), rejection *socketio.Rejection) {
	by := requester{network: networkOf(r)}
	switch {
	case g.inFlight.isDraining():
		return nil, g.reject(http.StatusServiceUnavailable, fault.Unavailable, by)
	case !g.origins.admit(r):
		if origin := r.Header.Get("Origin"); g.foreign.First(origin) {
			g.hub.logger.WarnContext(g.ctx, "a socket from another origin was rejected; if it is this site in the browser, set BASE_URL to it, or make the proxy keep the Host header",
				"origin", shortTopic(origin), "host", r.Host)
		}
		return nil, g.reject(http.StatusForbidden, fault.Forbidden.New("Pages of this origin are not allowed to connect."), by)
	}
	release, ok := g.addresses.take(addressOf(r), g.limits.SocketsPerAddress)
	if !ok {
		if g.crowded.First("") {
			g.hub.logger.WarnContext(g.ctx, "a socket was rejected: its address has too many; if that is a proxy's address, set CLIENT_IP_HEADER",
				"address", r.RemoteAddr, "limit", g.limits.SocketsPerAddress)
		}
		return nil, g.reject(http.StatusTooManyRequests, fault.TooMany.New("There are too many connections from your address."), by)
	}
	return release, nil
}

// Connect authenticates a connection and creates its socket.
func (g *gates) Connect(c *socketio.Conn) *socketio.Rejection {
	pendingConnection := g.hub.addPending()
	defer g.hub.removePending(pendingConnection)
	identity, err := g.authenticate(c.Request())
	if err != nil {
		g.report(g.ctx, err)
		return g.reject(http.StatusForbidden, err, requester{network: networkOf(c.Request())})
	}
	socket := newSocket(g.ctx, g.hub, c, identity)
	socket.recheck = g.recheck
	socket.events = newBucket(g.limits.EventsPerSecond, g.limits.EventBurst, g.now())
	socket.rejections = newBucket(max(1, g.limits.EventsPerSecond/rejectionsPart), g.limits.EventBurst, g.now())
	if err := g.hub.admit(pendingConnection, socket, g.limits.SocketsPerSession); err != nil {
		socket.cancel()
		return g.reject(http.StatusForbidden, err, socket.requester(""))
	}
	c.Owner = socket
	if !identity.ExpiresAt.IsZero() {
		socket.expireIn(identity.ExpiresAt.Sub(g.now()))
	}
	if g.inFlight.isDraining() {
		socket.shut(ClosedRestart)
	}
	return nil
}

func (g *gates) authenticate(r *http.Request) (Identity, error) {
	ctx, cancel := context.WithTimeout(g.ctx, authenticateWithin)
	defer cancel()
	identity, err := g.authn(r.WithContext(ctx))
	switch {
	case err != nil && ctx.Err() != nil && fault.KindOf(err) == fault.Internal:
		return Identity{}, fault.Unavailable.Wrap(err, "Signing in takes too long. Try again.")
	case err != nil:
		return Identity{}, fmt.Errorf("authenticate a socket: %w", err)
	case !identity.ExpiresAt.IsZero() && !identity.ExpiresAt.After(g.now()):
		return Identity{}, errSessionOver
	case (identity.UserID == "") != (identity.SessionID == ""):
		return Identity{}, fmt.Errorf("authenticate a socket: an identity needs both a user and a session, or neither")
	default:
		return identity, nil
	}
}

// pollingLogInterval is the minimum time between two log lines about long polling.
const pollingLogInterval = time.Minute

// polled counts a client that begins with HTTP long polling, which is not offered.
func (g *gates) polled(r *http.Request) {
	_ = g.rejected(gateConnection, errPolling, requester{network: networkOf(r)})
	now := g.now().UnixNano()
	if last := g.polling.Load(); now-last >= int64(pollingLogInterval) && g.polling.CompareAndSwap(last, now) {
		g.hub.logger.WarnContext(g.ctx, `a client was rejected because it began with HTTP long polling: pass { transports: ["websocket"] } to it`,
			"origin", shortTopic(r.Header.Get("Origin")), "user_agent", shortTopic(r.UserAgent()))
	}
}

// Closed ends the socket of a closed connection.
func (g *gates) Closed(c *socketio.Conn) { c.Owner.(*socket).end() }
