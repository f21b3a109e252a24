package realtime

import (
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// gate is where something was rejected.
type gate int

const (
	gateConnection gate = iota
	gateSubscribe
	gateInbound
	gateSender
	gateLimits
	gateCount
)

func (g gate) String() string {
	return [gateCount]string{"connection", "subscribe", "inbound", "sender", "limits"}[g]
}

// Gates are the gates at which something can be rejected, in the order in which
// a message passes them.
func Gates() []string {
	names := make([]string, gateCount)
	for i := range names {
		names[i] = gate(i).String()
	}
	return names
}

// Rejected is something that was rejected lately, for whoever runs the
// application. It says as much as tells a broken page from an attack, and not
// who sits where: of an address only the network.
type Rejected struct {
	Gate    string    // one of Gates
	Code    string    // as on the wire: a fault.Kind, CodeUnknownChannel or CodeInvalidPayload
	At      time.Time // the last time
	Times   int       // how often the very same was rejected lately
	Topic   string    // what was asked for, shortened, control characters replaced; "" for a connection
	UserID  string    // "" if nobody was signed in
	Network string    // the first 24 bits of an IPv4 address, 48 of an IPv6 address; "" if not known
}

// recentPerGate is how many are kept of each gate, so that a flood at one gate
// drowns nothing at the others.
const recentPerGate = 20

// rejections are what was rejected, by gate.
type rejections [gateCount]gateRejections

type gateRejections struct {
	mu     sync.Mutex
	total  int
	codes  map[string]int // how often, by code
	recent []Rejected     // oldest first
}

func (g *gateRejections) add(rejected Rejected) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total++
	if g.codes == nil {
		g.codes = map[string]int{}
	}
	g.codes[rejected.Code]++
	rejected.Times = 1
	for i, known := range g.recent {
		if rejected.same(known) {
			rejected.Times += known.Times
			g.recent = slices.Delete(g.recent, i, i+1)
			break
		}
	}
	if len(g.recent) == recentPerGate {
		g.recent = slices.Delete(g.recent, 0, 1)
	}
	g.recent = append(g.recent, rejected)
}

func (r Rejected) same(other Rejected) bool {
	return r.Code == other.Code && r.Topic == other.Topic && r.UserID == other.UserID && r.Network == other.Network
}

func (rs *rejections) byGate() (totals map[string]int, recent []Rejected) {
	totals = make(map[string]int, gateCount)
	for i := range rs {
		g := &rs[i]
		g.mu.Lock()
		totals[gate(i).String()] = g.total
		recent = append(recent, g.recent...)
		g.mu.Unlock()
	}
	slices.SortStableFunc(recent, func(a, b Rejected) int { return b.At.Compare(a.At) })
	return totals, recent
}

// shortTopic makes what a client sends fit to be kept and shown.
func shortTopic(topic string) string {
	const limit = 100
	if len(topic) > limit {
		cut := limit
		for cut > 0 && !utf8.RuneStart(topic[cut]) {
			cut--
		}
		topic = topic[:cut] + "…"
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return unicode.ReplacementChar
		}
		return r
	}, topic)
}
