package realtime

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime/internal/socketio"
)

// Gate 1: who may connect.

// refusalsPart is how much slower the patience with a client comes back than
// its right to speak: one that is held back must not be able to go on for ever.
const refusalsPart = 10

// authenticateWithin is how long an Authenticator may take.
const authenticateWithin = 10 * time.Second

// origins are the places whose pages may connect.
type origins map[string]bool

func newOrigins(listed []string) (origins, error) {
	allowed := origins{}
	for _, text := range listed {
		if text == "" {
			continue
		}
		origin, err := url.Parse(text)
		if err != nil || origin.Host == "" || origin.Scheme != "http" && origin.Scheme != "https" {
			return nil, fmt.Errorf("realtime: origin %q: want something like https://example.com", text)
		}
		allowed[origin.Scheme+"://"+plainHost(origin.Scheme, origin.Host)] = true
	}
	return allowed, nil
}

// admit reports whether a page of the request's origin may connect. A browser
// always says where the page is from, so a request that does not is from no
// page, and no other site can have made it in a visitor's name.
func (allowed origins) admit(r *http.Request) bool {
	switch values := r.Header.Values("Origin"); len(values) {
	case 0:
		return true
	case 1:
		origin, err := url.Parse(values[0])
		if err != nil || origin.Host == "" {
			return false // "null", too
		}
		host := plainHost(origin.Scheme, origin.Host)
		return host == plainHost(origin.Scheme, r.Host) || allowed[strings.ToLower(origin.Scheme)+"://"+host]
	default:
		return false
	}
}

// plainHost is a host in lower case without the scheme's own port.
func plainHost(scheme, host string) string {
	host = strings.ToLower(host)
	switch strings.ToLower(scheme) {
	case "http":
		return strings.TrimSuffix(host, ":80")
	case "https":
		return strings.TrimSuffix(host, ":443")
	default:
		return host
	}
}

// addresses counts the open connections of each address.
type addresses struct {
	mu   sync.Mutex
	open map[string]int
}

func (a *addresses) take(address string, most int) (release func(), ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open[address] >= most {
		return nil, false
	}
	a.open[address]++
	return sync.OnceFunc(func() { a.give(address) }), true
}

func (a *addresses) give(address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open[address]--
	if a.open[address] <= 0 {
		delete(a.open, address)
	}
}

// addressOf is who is counted as one: an IPv4 address, or the network of an
// IPv6 address, of which one client has as many as it likes.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if ip = ip.Unmap().WithZone(""); ip.Is6() {
		network, _ := ip.Prefix(64)
		return network.String()
	}
	return ip.String()
}

// Accept decides about a request before it becomes a connection.
func (g *gates) Accept(r *http.Request) (release func(), refusal *socketio.Refusal) {
	by := asker{network: networkOf(r)}
	switch {
	case g.work.isDraining():
		return nil, g.refuse(http.StatusServiceUnavailable, fault.Unavailable, by)
	case !g.origins.admit(r):
		return nil, g.refuse(http.StatusForbidden, fault.Forbidden.New("Pages of this origin may not connect."), by)
	}
	release, ok := g.addresses.take(addressOf(r), g.limits.SocketsPerAddress)
	if !ok {
		return nil, g.refuse(http.StatusTooManyRequests, fault.TooMany.New("There are too many connections from your address."), by)
	}
	return release, nil
}

// Connect finds out who is connecting and gives the socket its place.
func (g *gates) Connect(c *socketio.Conn) *socketio.Refusal {
	arrival := g.hub.arrive()
	defer g.hub.forget(arrival)
	identity, err := g.authenticate(c.Request())
	if err != nil {
		g.report(g.ctx, err)
		return g.refuse(http.StatusForbidden, err, asker{network: networkOf(c.Request())})
	}
	socket := newSocket(g.ctx, g.hub, c, identity)
	socket.recheck = g.recheck
	socket.events = newBucket(g.limits.EventsPerSecond, g.limits.EventBurst, g.now())
	socket.refusals = newBucket(max(1, g.limits.EventsPerSecond/refusalsPart), g.limits.EventBurst, g.now())
	if err := g.hub.admit(arrival, socket, g.limits.SocketsPerSession); err != nil {
		socket.cancel()
		return g.refuse(http.StatusForbidden, err, socket.asker(""))
	}
	c.Owner = socket
	if !identity.ExpiresAt.IsZero() {
		socket.expireIn(identity.ExpiresAt.Sub(g.now()))
	}
	if g.work.isDraining() {
		socket.shut(ClosedRestart)
	}
	return nil
}

func (g *gates) authenticate(r *http.Request) (Identity, error) {
	ctx, cancel := context.WithTimeout(g.ctx, authenticateWithin)
	defer cancel()
	identity, err := g.authn.Authenticate(r.WithContext(ctx))
	switch {
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

// Closed ends the socket of a connection that is gone.
func (g *gates) Closed(c *socketio.Conn) { c.Owner.(*socket).end() }
